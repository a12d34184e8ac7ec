"""Early expiration under the lease: one refresh in the fleet, in the background, and fenced."""

import asyncio
from collections.abc import Callable

import pytest
from redis.asyncio import Redis

from service.patterns.early_expiration import EarlyExpiration
from service.patterns.lease import Envelope, expired
from tests.patterns.conftest import channel, connect, key, redis_url
from tests.patterns.contract import Clock, Source, spin, until
from tests.patterns.fleet import Member, fleet

# The fixtures of the patterns' tests, here because two patterns meet: each is copied alone.
__all__ = ["channel", "connect", "key", "redis_url"]

LOAD_S = 0.5
LUCKY = EarlyExpiration(rand=lambda: 0.99)  # a lot of 4.6 load times: due 2.3 s before expiry


def settings(clock: Clock, due: Callable[[Envelope, float], bool] = LUCKY) -> dict[str, object]:
    """Soft expiry after a minute, hard after ten."""
    return {
        "clock": clock,
        "ttl": lambda _: 600.0,
        "fresh": lambda _: 60.0,
        "refresh_due": due,
        "lease_s": 60.0,  # no stall of a busy machine ends it
    }


async def first_load(member: Member, key: str, source: Source, clock: Clock) -> None:
    """Load a value whose load takes half a second, and let it live until 2 s before its expiry."""
    source.hold()
    reader = asyncio.create_task(member.get(key, source.load))
    await source.started.wait()
    clock.now_s += LOAD_S
    source.gate.set()
    await reader
    clock.now_s += 60 - LOAD_S - 2


async def test_an_early_refresh_is_one_load_in_the_fleet_and_nobody_waits(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """Every reader of two processes draws a winning lot: one loads, all have the old value."""
    source, clock = Source("old"), Clock()
    async with fleet(connect, channel, channel, **settings(clock)) as [one, two]:
        await first_load(one, key, source, clock)
        source.value = "new"
        source.hold()
        readers = [each.get(key, source.load) for each in (one, two) * 20]
        assert await asyncio.gather(*readers) == ["old"] * 40
        await source.started.wait()
        await spin()
        source.gate.set()

        async def is_new() -> bool:
            return await two.get(key, source.load) == "new"

        await until(is_new)
        assert source.loads == 2
        assert (one.events.counts + two.events.counts)["refresh"] == 1


async def test_control_without_it_the_value_runs_into_its_expiry(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """The switch: with the plain soft expiry nothing happens 2 s before it."""
    source, clock = Source("old"), Clock()
    async with fleet(connect, channel, channel, **settings(clock, expired)) as [one, two]:
        await first_load(one, key, source, clock)
        assert await asyncio.gather(*(each.get(key, source.load) for each in (one, two))) == [
            "old",
            "old",
        ]
        await spin()
        assert (one.events.counts + two.events.counts)["refresh"] == 0
        assert source.loads == 1


@pytest.mark.parametrize("invalidated", [True, False])
async def test_an_early_refresh_overtaken_by_a_write_is_not_stored(
    connect: Callable[[], Redis], key: str, channel: str, invalidated: bool
) -> None:
    """An invalidation takes away its right to store; without one it stores what it loaded."""
    source, clock = Source("old"), Clock()
    async with fleet(connect, channel, channel, **settings(clock)) as [one, two]:
        await first_load(one, key, source, clock)
        source.hold()
        await one.get(key, source.load)
        await source.started.wait()
        source.value = "new"
        if invalidated:
            await two.lease.invalidate(key)
        source.gate.set()

        async def is_over() -> bool:
            counts = one.events.counts
            return counts["refused_fill"] == 1 or not await one.redis.exists(f"{key}:l")

        await until(is_over)
        assert await two.get(key, source.load) == ("new" if invalidated else "old")
