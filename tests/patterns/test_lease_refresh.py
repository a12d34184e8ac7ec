"""Soft expiry: the old value is served while one load runs in the background."""

import asyncio
import contextvars
import logging
from collections.abc import Callable

import pytest
from redis.asyncio import Redis

from service.patterns.lease import Envelope

from .contract import Clock, Source, until
from .fleet import Member, fleet


def settings(clock: Clock) -> dict[str, object]:
    """Soft expiry after a minute, hard after ten."""
    return {"clock": clock, "ttl": lambda _: 600.0, "fresh": lambda _: 60.0}


async def refreshed(member: Member, key: str, value: str) -> None:
    """Wait until the cache holds ``value``."""

    async def holds() -> bool:
        return await member.get(key, Source("nobody should load").load) == value

    await until(holds)


async def test_an_expired_value_is_served_while_it_is_loaded(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """No reader waits, one load runs for all of them, and its value follows."""
    source, clock = Source("old"), Clock()
    async with fleet(connect, channel, channel, **settings(clock)) as [one, two]:
        await one.get(key, source.load)
        clock.now_s += 59
        assert one.lease.fresh_for_s(key) == pytest.approx(1.0, abs=0.01)
        clock.now_s += 2
        source.value = "new"
        source.hold()
        assert await one.get(key, source.load) == "old"
        await source.started.wait()
        for each in (one, two) * 5:
            assert await each.get(key, source.load) == "old"
        assert one.lease.fresh_for_s(key) == 0
        source.gate.set()
        await refreshed(two, key, "new")
        assert source.loads == 2
        assert one.events.counts["refresh"] == 1
        assert 0 < await one.redis.pttl(f"{key}:v") <= 600_000


async def test_control_without_a_soft_expiry_nothing_is_refreshed(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """The switch: with one life only, the value is served unchanged until it is gone."""
    source, clock = Source("old"), Clock()
    async with fleet(connect, channel, clock=clock, ttl=lambda _: 600.0) as [one]:
        await one.get(key, source.load)
        clock.now_s += 599
        source.value = "new"
        assert await one.get(key, source.load) == "old"
        assert one.events.counts["refresh"] == 0


async def test_an_invalidation_overtakes_a_refresh(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """The background load is fenced like any other."""
    source, clock = Source("old"), Clock()
    async with fleet(connect, channel, channel, **settings(clock)) as [one, two]:
        await one.get(key, source.load)
        clock.now_s += 61
        source.hold()
        await one.get(key, source.load)
        await source.started.wait()
        source.value = "new"
        await two.lease.invalidate(key)
        source.gate.set()

        async def refused() -> bool:
            return one.events.counts["refused_fill"] == 1

        await until(refused)
        assert await two.get(key, source.load) == "new"


async def test_a_failed_refresh_leaves_the_value_and_is_logged(
    connect: Callable[[], Redis], key: str, channel: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The value stays, the failure is told once, and not every hit tries again."""
    source, clock = Source("old"), Clock()
    backing_off = asyncio.Event()

    async def sleep(pause_s: float) -> None:
        if pause_s == 1.0:  # the back-off; the heart beats each third of a second
            backing_off.set()
        await asyncio.Event().wait()

    async with fleet(connect, channel, sleep=sleep, **settings(clock)) as [one]:
        await one.get(key, source.load)
        clock.now_s += 61
        source.error = LookupError("the database said no")
        with caplog.at_level(logging.ERROR):
            assert await one.get(key, source.load) == "old"
            await backing_off.wait()
        assert await one.get(key, source.load) == "old"
        assert source.loads == 2
        assert one.events.counts["refresh_failed"] == 1
        assert "said no" in caplog.text
        assert await one.redis.get(f"{key}:l") is None


async def test_a_refresh_belongs_to_no_request(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """The load in the background does not see, and cannot mark, the request that started it."""
    request: contextvars.ContextVar[str] = contextvars.ContextVar("request", default="none")
    source, clock = Source("old"), Clock()
    seen: list[str] = []

    async def load() -> str:
        seen.append(request.get())
        return await source.load()

    async with fleet(connect, channel, **settings(clock)) as [one]:
        request.set("mine")
        await one.get(key, load)
        clock.now_s += 61
        source.value = "new"
        await one.get(key, load)
        await refreshed(one, key, "new")
    assert seen == ["mine", "none"]


async def test_a_batch_refreshes_what_is_due_in_one_load(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """Only the soft-expired keys of a batch are loaded again, together."""
    source, clock = Source("old"), Clock()
    keys = [f"{key}:{i}" for i in range(4)]
    async with fleet(connect, channel, **settings(clock)) as [one]:
        await one.lease.get_many(keys[:2], source.load_many)
        clock.now_s += 61
        source.value = "new"
        values = await one.lease.get_many(keys, source.load_many)
        assert [values[each].split()[0] for each in keys] == ["old", "old", "new", "new"]
        await refreshed(one, keys[1], f"new {keys[1]}")
        assert sorted(source.asked) == sorted([keys[:2], keys[2:], keys[:2]])


async def test_the_loser_of_a_refresh_ducks_out(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """While somebody else loads, hits do not ask for the lease again and again."""
    source, clock = Source("old"), Clock()
    pauses: list[float] = []
    resting = asyncio.Event()

    async def sleep(pause_s: float) -> None:
        pauses.append(pause_s)
        resting.set()
        await asyncio.Event().wait()

    async with fleet(connect, channel, **settings(clock)) as [one]:
        await one.get(key, source.load)
    async with fleet(connect, channel, sleep=sleep, **settings(clock)) as [two]:
        clock.now_s += 61
        await two.redis.set(f"{key}:l", "somebody else", px=60_000)
        for _ in range(5):
            assert await two.get(key, source.load) == "old"
            await resting.wait()
        assert pauses == [pytest.approx(1 / 3)]
        assert await two.redis.getdel(f"{key}:l") == b"somebody else"  # and it did not mark it


async def test_when_to_refresh_is_a_function(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """Early expiration and the like plug in, and get the envelope and the time."""
    source, clock = Source("old"), Clock()
    asked: list[tuple[float, float]] = []

    def due(envelope: Envelope, now_s: float) -> bool:
        asked.append((envelope.fresh_until_s - envelope.written_at_s, now_s))
        return True

    async with fleet(connect, channel, refresh_due=due, **settings(clock)) as [one]:
        await one.get(key, source.load)
        source.value = "new"
        assert await one.get(key, source.load) == "old"
        assert asked[0] == (60.0, clock.now_s)
        await refreshed(one, key, "new")
