"""One request to every endpoint, reads cold and warm, and what each fills."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.clients import Client
from tests.strategies.an_account import live


@dataclass(frozen=True)
class Request:
    """One request; `{post}` stands for a post of barbara's, `{spare}` for one to be deleted.

    `{comment}` and `{vain}` are comments of ada's on them; the second is to be deleted.
    """

    method: str
    path: str
    by: str | None = None
    body: dict[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    async def send(
        self,
        client: Client,
        post_id: int,
        spare_id: int = 0,
        comment_ids: tuple[int, int] | None = None,
    ) -> str:
        """Send it, see that it succeeds, and return its `Cache-Status` without a life."""
        if comment_ids is None and {"{comment}", "{vain}"} & {*self.path.split("/")}:
            comment_ids = await comments_of(client, post_id)
        comment, vain = comment_ids or (0, 0)
        path = self.path.format(post=post_id, spare=spare_id, comment=comment, vain=vain)
        answer = await client.send(
            self.method, path, by=self.by, json=self.body, headers=self.headers
        )
        assert answer.status_code < 300, (path, answer.text)
        status: str = answer.headers["cache-status"].partition("; ttl")[0]
        return status


READS = (
    Request("GET", "/v1/posts/{post}"),
    Request("GET", "/v1/posts/{post}", by="ada"),
    Request("GET", "/v1/posts/{post}/comments?limit=2"),
    Request("GET", "/v1/posts/{post}/comments?sort=best", by="ada"),
    Request("GET", "/v1/comments/{comment}"),
    Request("GET", "/v1/comments/{comment}/replies"),
    Request("GET", "/v1/users/barbara"),
    Request("GET", "/v1/users/barbara/posts?limit=2"),
    Request("GET", "/v1/users/barbara/reputation"),
    Request("GET", "/v1/feed", by="ada"),
    Request("GET", "/v1/trending/posts"),
    Request("GET", "/v1/posts?sort=top&window=hour"),
    Request("GET", "/v1/posts?sort=top&window=day"),
    Request("GET", "/v1/posts?sort=top&window=week"),
    Request("GET", "/v1/posts?sort=top&window=all"),
    Request("GET", "/v1/posts?ids={post}"),
    Request("GET", "/v1/pages/about"),
    Request("GET", "/v1/posts?sort=new"),
    Request("GET", "/v1/posts?sort=new&tag=caching"),
    Request("GET", "/v1/posts?sort=hot"),
    Request("GET", "/v1/posts?sort=hot&tag=caching"),
    Request("GET", "/v1/posts?sort=top&window=week&tag=caching"),
    Request("GET", "/v1/tags"),
    Request("GET", "/v1/tags/caching"),
    Request("GET", "/v1/tags/caching/posts"),
    Request("GET", "/v1/trending/tags"),
    Request("GET", "/v1/users/barbara/followers"),
    Request("GET", "/v1/users/barbara/following"),
    Request("GET", "/v1/leaderboards/reputation"),
    Request("GET", "/v1/leaderboards/reputation?period=week"),
    Request("GET", "/v1/leaderboards/reputation/me?period=month", by="ada"),
)
WRITES = (
    Request("POST", "/v1/posts", "barbara", {"title": "New", "body": "Text", "tags": ["new"]}),
    Request("POST", "/v1/posts/{post}/comments", "ada", {"body": "Well said."}),
    Request("PATCH", "/v1/comments/{comment}", "ada", {"body": "Better."}, {"If-Match": "*"}),
    Request("PUT", "/v1/comments/{comment}/vote", "barbara", {"value": 1}),
    Request("DELETE", "/v1/comments/{comment}/vote", "barbara"),
    Request("DELETE", "/v1/comments/{vain}", "ada", None, {"If-Match": "*"}),
    Request("PUT", "/v1/posts/{post}/vote", "ada", {"value": 1}),
    Request("DELETE", "/v1/posts/{post}/vote", "ada"),
    Request("DELETE", "/v1/users/barbara/follow", "ada"),
    Request("PUT", "/v1/users/barbara/follow", "ada"),
    Request("PUT", "/v1/posts/{post}/reactions/heart", "ada"),
    Request("DELETE", "/v1/posts/{post}/reactions/heart", "ada"),
    Request("PATCH", "/v1/posts/{post}", "barbara", {"title": "Newer"}, {"If-Match": "*"}),
    Request("DELETE", "/v1/posts/{spare}", "barbara", None, {"If-Match": "*"}),
)


async def post_of(client: Client, handle: str = "barbara") -> int:
    """A post that is worth reading."""
    page = await client.get(f"/v1/users/{handle}/posts?limit=1")
    found: int = page["items"][0]["id"]
    return found


async def comments_of(client: Client, post_id: int) -> tuple[int, int]:
    """Two of ada's comments on a post, which are made if there are not so many."""
    path = f"/v1/posts/{post_id}/comments?limit=100"
    while True:
        page = await client.get(path)
        found = [one["id"] for one in page["items"] if one["author"]["handle"] == "ada"]
        if len(found) > 1:
            return found[0], found[1]
        await client.send("POST", path.partition("?")[0], by="ada", json={"body": "I was here."})


async def places(client: Client) -> tuple[int, int, tuple[int, int]]:
    """What stands for `{post}`, `{spare}` and the comments."""
    newest = await client.get("/v1/users/barbara/posts?limit=2")
    post_id, spare_id = (int(post["id"]) for post in newest["items"])
    return post_id, spare_id, await comments_of(client, post_id)


async def drive(client: Client) -> int:
    """Every read cold and warm, every write, every read again; the post that was deleted."""
    post_id, spare_id, said = await places(client)
    await live(client)
    for request in (*READS, *READS, *WRITES, *READS):
        await request.send(client, post_id, spare_id, said)
    return spare_id
