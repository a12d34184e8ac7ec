"""One request to every endpoint, reads cold and warm, and what each fills."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.clients import Client


@dataclass(frozen=True)
class Request:
    """One request; `{post}` stands for a post of barbara's, `{spare}` for one to be deleted."""

    method: str
    path: str
    by: str | None = None
    body: dict[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    async def send(self, client: Client, post_id: int, spare_id: int = 0) -> str:
        """Send it, see that it succeeds, and return its `Cache-Status`."""
        path = self.path.format(post=post_id, spare=spare_id)
        answer = await client.send(
            self.method, path, by=self.by, json=self.body, headers=self.headers
        )
        assert answer.status_code < 300, (path, answer.text)
        status: str = answer.headers["cache-status"]
        return status


READS = (
    Request("GET", "/v1/posts/{post}"),
    Request("GET", "/v1/posts/{post}", by="ada"),
    Request("GET", "/v1/posts/{post}/comments?limit=2"),
    Request("GET", "/v1/users/barbara"),
    Request("GET", "/v1/users/barbara/posts?limit=2"),
    Request("GET", "/v1/users/barbara/reputation"),
    Request("GET", "/v1/feed", by="ada"),
    Request("GET", "/v1/trending/posts"),
    Request("GET", "/v1/posts?sort=top&window=hour"),
    Request("GET", "/v1/posts?sort=top&window=day"),
    Request("GET", "/v1/posts?sort=top&window=week"),
    Request("GET", "/v1/posts?sort=top&window=all"),
    Request("GET", "/v1/posts?ids={post},77"),
    Request("GET", "/v1/pages/about"),
)
WRITES = (
    Request("POST", "/v1/posts", "barbara", {"title": "New", "body": "Text", "tags": ["new"]}),
    Request("POST", "/v1/posts/{post}/comments", "ada", {"body": "Well said."}),
    Request("PUT", "/v1/posts/{post}/vote", "ada", {"value": 1}),
    Request("DELETE", "/v1/users/barbara/follow", "ada"),
    Request("PUT", "/v1/users/barbara/follow", "ada"),
    Request("PUT", "/v1/posts/{post}/reactions/heart", "ada"),
    Request("DELETE", "/v1/posts/{post}/reactions/heart", "ada"),
    Request("PATCH", "/v1/posts/{post}", "barbara", {"title": "Newer"}, {"If-Match": "*"}),
    Request("DELETE", "/v1/posts/{spare}", "barbara"),
)


async def post_of(client: Client, handle: str = "barbara") -> int:
    """A post that is worth reading."""
    page = await client.get(f"/v1/users/{handle}/posts?limit=1")
    found: int = page["items"][0]["id"]
    return found


async def drive(client: Client) -> None:
    """Every read cold and warm, every write, every read again."""
    newest = await client.get("/v1/users/barbara/posts?limit=2")
    ids = [post["id"] for post in newest["items"]]
    for request in (*READS, *READS, *WRITES, *READS):
        await request.send(client, *ids)
