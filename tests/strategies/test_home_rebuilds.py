"""A timeline that is not there is made once, loses no push meanwhile, and keeps nobody waiting."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from service import keys
from service.embedded.servers import Servers
from service.patterns.bounded_timeline import scripts
from service.queries import lists
from service.strategies import home_feed
from service.strategies.home_timelines import TIMELINE_KEPT, HomeTimelines
from tests.clients import serving
from tests.strategies.homes import (
    READER,
    expected,
    forget_timeline,
    homes,
    newest,
    paged,
    publish,
    quiet,
    timeline,
)
from tests.strategies.service import Service
from tests.waiting import until
from tests.world import Databases

READERS = 8


class Rebuilds:
    """Loads of whole timelines, which can be held; pages from the database go on."""

    def __init__(self) -> None:
        self.begun = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self._load = lists.home_ids

    async def home_ids(
        self, engine: Any, user_id: int, before: int | None, limit: int
    ) -> Sequence[int]:
        """The query; what it found is held."""
        found = await self._load(engine, user_id, before, limit)
        if limit > TIMELINE_KEPT:
            self.begun += 1
            await self.gate.wait()
        return found

    async def has_begun(self) -> bool:
        """Whether one is under way."""
        return self.begun > 0


@pytest.fixture
def rebuilds(monkeypatch: pytest.MonkeyPatch) -> Rebuilds:
    """Of all services of this test."""
    made = Rebuilds()
    monkeypatch.setattr(lists, "home_ids", made.home_ids)
    return made


@pytest.fixture
async def two(databases: Databases, servers: Servers) -> AsyncIterator[tuple[Service, Service]]:
    """Two processes, but for the process: each has its caches, both the same stores."""
    async with homes(databases, servers) as one:
        url = servers.redis_urls["layered"]
        async with serving("layered", one.database_url, url) as client:
            yield one, Service("layered", client, one.database_url)


async def read(service: Service) -> httpx.Response:
    """The feed's first page."""
    return await service.client.send("GET", "/v1/feed?limit=5", by=READER)


async def herd(two: tuple[Service, Service], rebuilds: Rebuilds) -> int:
    """A reader comes back, many times at once, and a post is pushed meanwhile; loads it took."""
    one, other = two
    for service in two:
        await paged(service)
    await forget_timeline(one)
    rebuilds.begun = 0
    rebuilds.gate.clear()
    reading = [asyncio.create_task(read(service)) for service in two for _ in range(READERS)]
    await until(rebuilds.has_begun)
    new = await publish(one)
    await quiet(one)
    rebuilds.gate.set()
    for answer in await asyncio.gather(*reading):
        assert answer.status_code == 200
    right = await expected(one)
    assert right[0] == new
    assert right == await paged(one) == await paged(other) == await timeline(one)
    return rebuilds.begun


async def test_a_timeline_is_rebuilt_once_and_loses_no_push(
    two: tuple[Service, Service], rebuilds: Rebuilds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixteen readers in two processes: one load, and what was pushed meanwhile is there."""
    monkeypatch.setattr(home_feed, "REBUILD_WAIT_S", 20)
    assert await herd(two, rebuilds) == 1


async def test_control_without_the_lease_each_process_rebuilds(
    two: tuple[Service, Service], rebuilds: Rebuilds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch."""

    async def rebuild(timelines: HomeTimelines, reader_id: int, load: Any) -> bool:
        await timelines._kept.rebuild(timelines.owner(reader_id), load)
        return True

    monkeypatch.setattr(HomeTimelines, "rebuild", rebuild)
    monkeypatch.setattr(home_feed, "REBUILD_WAIT_S", 20)
    assert await herd(two, rebuilds) == 2


async def test_control_without_the_log_the_push_is_lost(
    two: tuple[Service, Service], rebuilds: Rebuilds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: the rebuild stores what it read before the post was there."""
    without = scripts._CHANGE.replace("redis.call('EXISTS', KEYS[2]) == 1", "false")
    monkeypatch.setattr(scripts, "_CHANGE", without)
    monkeypatch.setattr(home_feed, "REBUILD_WAIT_S", 20)
    with pytest.raises(AssertionError):
        await herd(two, rebuilds)


async def test_who_cannot_wait_is_answered_from_the_rows_and_told(
    databases: Databases, servers: Servers, rebuilds: Rebuilds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole feed, while its timeline is made; then no more of it."""
    monkeypatch.setattr(home_feed, "REBUILD_WAIT_S", 0.01)
    async with homes(databases, servers) as service:
        rebuilds.gate.clear()
        answer = await read(service)
        assert answer.headers["x-feed-state"] == "rebuilding"
        assert await expected(service) == await paged(service)
        rebuilds.gate.set()

        async def is_made() -> bool:
            return "x-feed-state" not in (await read(service)).headers

        await until(is_made)
        assert await expected(service) == await paged(service) == await timeline(service)
        assert rebuilds.begun == 1


async def test_a_push_makes_no_timeline(databases: Databases, servers: Servers) -> None:
    """A reader who was away comes back to the whole feed, not to the one post since."""
    async with homes(databases, servers) as service:
        new = await publish(service)
        await quiet(service)
        assert await timeline(service) == []
        assert await newest(service) == new
        assert await expected(service) == await timeline(service)


async def test_control_a_push_that_adds_always_leaves_no_past(
    databases: Databases, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: the one post is all there is."""
    add = "for i = 3, #ARGV do redis.call('ZADD', KEYS[1], ARGV[i], ARGV[i]) end return 1"
    monkeypatch.setattr(scripts, "_CHANGE", add)
    async with homes(databases, servers) as service:
        new = await publish(service)
        await quiet(service)
        assert [new] == await timeline(service)


async def lives_s(two: tuple[Service, Service]) -> list[int]:
    """What is left of a timeline's life after another process has read it, and again."""
    one, other = two
    await newest(one)
    key = f"{keys.TIMELINE.key(f'{one.client.ids[READER]}:500')}:z"
    left = []
    async with Redis.from_url(one.client.redis_url) as redis:
        for _ in range(2):
            await redis.expire(key, 1_000)
            await newest(other)
            left.append(int(await redis.ttl(key)))
    return left


async def test_a_timeline_lives_from_its_last_read(two: tuple[Service, Service]) -> None:
    """Each process that reads it tells the server so, not more than once a day."""
    first, second = await lives_s(two)
    assert first > 13 * 86_400
    assert second <= 1_000


async def test_control_what_nobody_prolongs_ends_though_it_is_read(
    two: tuple[Service, Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch."""
    monkeypatch.setattr(HomeTimelines, "_is_due", lambda *_: False)
    assert max(await lives_s(two)) <= 1_000


async def test_a_warm_read_asks_the_rows_for_the_readers_own_facts_alone(
    databases: Databases, servers: Servers
) -> None:
    """And Redis for one timeline, not for a list of each author whom the reader follows."""
    async with homes(databases, servers) as service:
        client = service.client
        await paged(service)
        feed = await client.statements(lambda: client.get("/v1/feed", by=READER))
        post_id = await newest(service)
        post = await client.statements(lambda: client.get(f"/v1/posts/{post_id}", by=READER))
        assert feed == post
        before = await service.commands("zrange")
        await newest(service)
        assert await service.commands("zrange") - before == 1
