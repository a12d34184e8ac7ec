"""What the tests of comments say to a service."""

from typing import Any

import httpx

from tests.clients import Client


async def new_post(client: Client, by: str = "barbara") -> int:
    """A post that nobody has said anything about."""
    answer = await client.send("POST", "/v1/posts", by=by, json={"title": "Talk", "body": "Well?"})
    assert answer.status_code == 201, answer.text
    made: int = answer.json()["id"]
    return made


async def try_to_say(
    client: Client, post_id: int, parent_id: int | None = None, by: str = "ada"
) -> httpx.Response:
    """A comment, or what there is against it."""
    body: dict[str, Any] = {"body": "So be it."}
    if parent_id is not None:
        body["parent_id"] = parent_id
    return await client.send("POST", f"/v1/posts/{post_id}/comments", by=by, json=body)


async def say(client: Client, post_id: int, parent_id: int | None = None, by: str = "ada") -> int:
    """A comment that is made."""
    answer = await try_to_say(client, post_id, parent_id, by)
    assert answer.status_code == 201, answer.text
    made: int = answer.json()["id"]
    assert answer.headers["Location"] == f"/v1/comments/{made}"
    return made


async def take_back(
    client: Client, comment_id: int, by: str = "ada", **more: Any
) -> httpx.Response:
    """A deletion, of whatever version there is unless told."""
    headers = {"If-Match": "*"} | more.pop("headers", {})
    return await client.send("DELETE", f"/v1/comments/{comment_id}", by=by, headers=headers, **more)


async def vote(client: Client, comment_id: int, value: int, by: str = "ada") -> Any:
    """Counts after a vote."""
    path = f"/v1/comments/{comment_id}/vote"
    answer = await client.send("PUT", path, by=by, json={"value": value})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def thread(client: Client, post_id: int, query: str = "", **more: Any) -> list[Any]:
    """The comments of a post."""
    page = await client.get(f"/v1/posts/{post_id}/comments?limit=100&{query}", **more)
    items: list[Any] = page["items"]
    return items


async def ids(client: Client, post_id: int, query: str = "") -> list[int]:
    """Their ids."""
    return [item["id"] for item in await thread(client, post_id, query)]


async def counted(client: Client, post_id: int) -> int:
    """How many comments the post says it has."""
    found: int = (await client.get(f"/v1/posts/{post_id}"))["counts"]["comments"]
    return found
