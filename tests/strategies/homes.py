"""Home feeds of the small world: read as clients do, and looked at behind the service's back."""

import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from service import app, keys
from service.embedded.servers import Servers
from service.strategies import home_feed
from tests.strategies.service import Service, on_copy
from tests.waiting import until
from tests.world import Databases

READER, AUTHOR = "ada", "barbara"  # she follows her
HOME = """
    select p.id from posts p join follows f on f.followee_id = p.author_id
    where f.follower_id = $1 and p.deleted_at is null order by p.id desc
"""


@asynccontextmanager
async def homes(databases: Databases, servers: Servers, **settings: Any) -> AsyncIterator[Service]:
    """`layered` on a copy of the small world."""
    async with on_copy("layered", "corral_test_world", databases, servers, **settings) as service:
        yield service


@pytest.fixture
def no_fan_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are written, and nobody pushes."""

    @asynccontextmanager
    async def nobody(*_: Any) -> AsyncIterator[None]:
        yield

    monkeypatch.setattr(app, "fanning_out", nobody)


async def expected(service: Service, reader: str = READER) -> list[int]:
    """The whole feed, as the rows have it."""
    return [row["id"] for row in await service.rows(HOME, service.client.ids[reader])]


async def paged(service: Service, limit: int = 3, reader: str = READER) -> list[int]:
    """The whole feed, page by page."""
    found: list[int] = []
    path = f"/v1/feed?limit={limit}"
    while True:
        page = await service.client.get(path, by=reader)
        found += [post["id"] for post in page["items"]]
        if page["next"] is None:
            return found
        assert len(page["items"]) == limit
        path = f"/v1/feed?limit={limit}&cursor={page['next']}"


async def newest(service: Service, reader: str = READER) -> int:
    """The id on top of the feed."""
    page = await service.client.get("/v1/feed?limit=1", by=reader)
    return int(page["items"][0]["id"])


async def publish(service: Service, author: str = AUTHOR) -> int:
    """A new post."""
    answer = await service.client.send(
        "POST", "/v1/posts", by=author, json={"title": "New", "body": "Fresh."}
    )
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


async def follow(service: Service, follower: str, followee: str, *, stop: bool = False) -> None:
    """One follows the other, or stops."""
    method = "DELETE" if stop else "PUT"
    answer = await service.client.send(method, f"/v1/users/{followee}/follow", by=follower)
    assert answer.status_code == 204, answer.text


async def quiet(service: Service) -> None:
    """Wait until fan-out owes nothing."""

    async def is_done() -> bool:
        return not await service.rows(
            "select from outbox where queue = 'feeds' and done_at is null"
        )

    await until(is_done)


async def timeline(service: Service, reader: str = READER, push_below: int = 500) -> list[int]:
    """What lies in a reader's timeline, newest first; its marker left out."""
    key = keys.TIMELINE.key(f"{service.client.ids[reader]}:{push_below}")
    async with Redis.from_url(service.client.redis_url) as redis:
        found = cast("list[bytes]", await redis.zrange(f"{key}:z", 0, -1, desc=True))
    return [int(member) for member in found if not member.startswith(b"~")]


async def forget_timeline(service: Service, reader: str = READER) -> None:
    """As if its reader had been away for two weeks."""
    await service.client.expire(f"timeline:{service.client.ids[reader]}")


def mutant(function: Callable[..., Any], old: str, new: str) -> Callable[..., Any]:
    """The same function of `home_feed`, one piece of it replaced."""
    source = inspect.getsource(function)
    assert source.count(old) == 1
    names: dict[str, Any] = dict(vars(home_feed))
    exec(source.replace(old, new), names)
    made: Callable[..., Any] = names[function.__name__]
    return made
