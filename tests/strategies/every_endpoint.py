"""One request to every endpoint, reads cold and warm, and what each fills."""

from dataclasses import dataclass
from typing import Any

from tests.clients import Client


@dataclass(frozen=True)
class Request:
    """One request; `{post}` stands for a post of barbara's."""

    method: str
    path: str
    by: str | None = None
    body: dict[str, Any] | None = None

    async def send(self, client: Client, post_id: int) -> str:
        """Send it, see that it succeeds, and return its `Cache-Status`."""
        path = self.path.format(post=post_id)
        answer = await client.send(self.method, path, by=self.by, json=self.body)
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
)
WRITES = (
    Request("POST", "/v1/posts", "barbara", {"title": "New", "body": "Text", "tags": ["new"]}),
    Request("POST", "/v1/posts/{post}/comments", "ada", {"body": "Well said."}),
    Request("PUT", "/v1/posts/{post}/vote", "ada", {"value": 1}),
    Request("DELETE", "/v1/users/barbara/follow", "ada"),
    Request("PUT", "/v1/users/barbara/follow", "ada"),
)


async def post_of(client: Client, handle: str = "barbara") -> int:
    """A post that is worth reading."""
    page = await client.get(f"/v1/users/{handle}/posts?limit=1")
    found: int = page["items"][0]["id"]
    return found


async def drive(client: Client) -> None:
    """Every read cold and warm, every write, every read again."""
    post_id = await post_of(client)
    for request in (*READS, *READS, *WRITES, *READS):
        await request.send(client, post_id)
