"""Fan-out of whole timelines: to many readers in time, told where it is cut, and to each once."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from service.embedded.servers import Servers
from service.feed.changes import FollowChanged
from service.feed.fan_out import Threshold
from service.jobs import fan_out
from service.observing.metrics import Observer
from service.patterns.bounded_timeline import BoundedTimeline, scripts
from service.process import open_tools
from service.queries.outbox import OutboxRow
from service.queries.payloads import encode
from service.settings import Settings
from service.strategies import home_timelines, plan_named
from service.strategies.home_timelines import TIMELINE_KEPT, HomeTimelines
from service.strategies.tools import Tools
from tests.faults.valkey import Valkey
from tests.jobs.fanning import working
from tests.strategies.homes import AUTHOR, READER, follow, homes, no_fan_out, paged, publish
from tests.strategies.service import Service
from tests.world import Databases

__all__ = ["no_fan_out"]

READERS = range(1, 401)  # as many as a pulled author falls to
COMPACT = 128  # zset-max-listpack-entries, as servers come


@asynccontextmanager
async def tools_of(database_url: str, valkey: Valkey) -> AsyncIterator[Tools]:
    """What a process works with, its prompt pool above all."""
    wanted, plan = Settings(DATABASE_URL=database_url, REDIS_URL=valkey.url), plan_named("layered")
    async with open_tools(wanted, plan, Observer(plan.name)) as tools:
        yield tools


async def old(limit: int) -> Sequence[int]:
    """A feed that is longer than what is kept."""
    return range(5_000 + limit, 5_000, -1)


async def push_all_anew(tools: Tools, valkey: Valkey) -> int:
    """Replace every id of every reader's timeline; how many of these there are."""
    timelines = HomeTimelines(tools)
    async with Redis.from_url(valkey.url) as patient:
        kept = BoundedTimeline(patient, ttl_s=60, most=TIMELINE_KEPT)
        for reader in READERS:
            await kept.rebuild(timelines.owner(reader), old)
    return await timelines.push(READERS, *range(9_000, 9_000 + TIMELINE_KEPT + 1))


async def test_what_many_readers_lack_is_pushed_in_time(
    world_database: str, valkey: Valkey
) -> None:
    """In round trips that each fit in the 50 ms of a command; and every timeline is compact."""
    async with tools_of(world_database, valkey) as tools:
        assert len(READERS) == await push_all_anew(tools, valkey)
        for reader in READERS:
            key = f"{HomeTimelines(tools).owner(reader)}:z"
            assert TIMELINE_KEPT + 1 == await tools.redis.zcard(key) <= COMPACT
            assert await tools.redis.object("ENCODING", key) == b"listpack"


async def test_control_round_trips_by_readers_alone_fail_for_ever(
    world_database: str, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: five hundred readers at once, however much each of them is given."""
    monkeypatch.setattr(scripts, "_AT_ONCE", 500 * (TIMELINE_KEPT + 1 + scripts._CALL))
    async with tools_of(world_database, valkey) as tools:
        with pytest.raises(RedisError):
            await push_all_anew(tools, valkey)


@pytest.fixture
async def alone(no_fan_out: None, databases: Databases, servers: Servers) -> AsyncIterator[Service]:
    """A service and no worker."""
    async with homes(databases, servers) as service:
        yield service


async def backfilled(service: Service, monkeypatch: pytest.MonkeyPatch, kept: int) -> bool:
    """Follow an author of more posts than are kept, with an empty feed: whether it is whole."""
    monkeypatch.setattr(home_timelines, "TIMELINE_KEPT", 3)
    monkeypatch.setattr(fan_out, "TIMELINE_KEPT", kept)
    client = service.client
    await service.rows("delete from follows where follower_id = $1", client.ids[READER])
    for _ in range(5):
        await publish(service, AUTHOR)
    async with working(service.database_url, client.redis_url) as worker:
        await worker.look()
        for entry in (f"feed:{client.ids[READER]}", f"timeline:{client.ids[READER]}"):
            await client.expire(entry)
        assert await paged(service) == []  # and now there is an empty timeline
        await follow(service, READER, AUTHOR)
        assert await worker.look() == 1
    await client.expire("owed:feeds")
    theirs = await service.rows(
        "select id from posts where author_id = $1 and deleted_at is null order by id desc",
        client.ids[AUTHOR],
    )
    assert len(theirs) > 3
    return [row["id"] for row in theirs] == await paged(service)


@pytest.mark.parametrize(("kept", "is_whole"), [(3, True), (2, False)])
async def test_a_backfill_reads_one_more_than_is_kept(
    kept: int, is_whole: bool, alone: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the timeline knows where it is cut; the switch: with as many as fit the feed ends."""
    assert await backfilled(alone, monkeypatch, kept) == is_whole


async def made_good(service: Service, *rounds: int) -> list[int]:
    """Apply so many falls of one author to the lower mark in each round; what was pushed."""
    author, mark = service.client.ids["hedy"], Threshold(5).pulled_above
    fallen = FollowChanged(
        service.client.ids[READER], READER, author, "hedy", follows=False, followers=mark
    )
    name, payload = encode(fallen)
    row = OutboxRow(id=1, change=name, payload=payload)
    url, redis_url = service.database_url, service.client.redis_url
    async with working(url, redis_url, push_below=5) as worker:
        for rows in rounds:
            await worker.work([row] * rows)
        return worker.pushed


async def test_an_author_is_made_good_once_a_round(alone: Service) -> None:
    """However often their followers came and went about the mark."""
    once = await made_good(alone, 1)
    assert once
    assert once == await made_good(alone, 20)


async def test_control_once_a_row_it_is_as_often_as_there_are_rows(alone: Service) -> None:
    """The switch: a round for each."""
    assert 20 * await made_good(alone, 1) == await made_good(alone, *[1] * 20)
