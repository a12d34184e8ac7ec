"""The holder of a lease: alive, slow, failed, dead or shut down."""

import asyncio
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from redis.asyncio import Redis

from service.patterns.lease import scripts
from service.patterns.lease.entries import Sealed
from service.patterns.lease.fills import Fills
from service.patterns.lease.scripts import Ask, Scripts

from .contract import Source, spin, until
from .fleet import fleet, wait_behind


async def test_a_dead_holder_is_followed_when_its_lease_ends(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """Nothing tells of a death; the lease, which nobody renews any more, does."""
    async with fleet(connect, channel, poll_s=(60, 60), wait_s=60) as [one]:
        dead = Scripts(one.redis, channel=channel)
        [claim] = await dead.claim([Ask(key, secrets.token_hex(16))], lease_s=0.05)
        assert claim.won
        async with asyncio.timeout(5):
            assert await one.get(key, Source("next").load) == "next"


class Beats:
    """A sleep that ends when the test says so: the heart beats by hand."""

    def __init__(self) -> None:
        self.asleep = asyncio.Semaphore(0)
        self.over = asyncio.Semaphore(0)

    async def __call__(self, _pause_s: float) -> None:
        """Wait for ``over``."""
        self.asleep.release()
        await self.over.acquire()

    async def beat(self) -> None:
        """Let one sleep end, and return when the next has begun."""
        self.over.release()
        await self.asleep.acquire()


async def test_a_slow_load_keeps_its_lease(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """Each beat renews the lease, so a load may last many times its life."""
    source, beats = Source(), Beats()
    source.hold()
    async with fleet(connect, channel, lease_s=30, sleep=beats) as [one]:
        holder = asyncio.create_task(one.get(key, source.load))
        await source.started.wait()
        await beats.asleep.acquire()
        for _ in range(3):
            await one.redis.pexpire(f"{key}:l", 5_000)  # as if 25 of its 30 s were over
            await beats.beat()
            assert await one.redis.pttl(f"{key}:l") > 5_000
        source.gate.set()
        assert await holder == "one"


async def test_a_beat_that_fails_is_followed_by_another(
    connect: Callable[[], Redis], key: str, channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the error: uvloop's for a closed transport is a plain RuntimeError."""
    source, beats = Source(), Beats()
    source.hold()
    renew, failed = Scripts.renew, list[str]()

    async def renew_but_once(self: Scripts, *held: Any, **settings: Any) -> None:
        if not failed:
            failed.append("once")
            raise RuntimeError("the handler is closed")
        await renew(self, *held, **settings)

    monkeypatch.setattr(Scripts, "renew", renew_but_once)
    async with fleet(connect, channel, lease_s=30, sleep=beats) as [one]:
        holder = asyncio.create_task(one.get(key, source.load))
        await source.started.wait()
        await beats.asleep.acquire()
        await one.redis.pexpire(f"{key}:l", 5_000)
        async with asyncio.timeout(5):
            await beats.beat()
            await beats.beat()
        assert await one.redis.pttl(f"{key}:l") > 5_000
        assert one.events.counts["renew_failed"] == 1
        source.gate.set()
        assert await holder == "one"


async def test_control_without_the_heart_beat_a_slow_load_is_doubled(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """The switch: a lease that nobody renews ends, and a second load starts."""
    source = Source()
    source.hold()
    async with fleet(connect, channel, channel, lease_s=0.03, sleep=Beats()) as [one, two]:
        callers = [asyncio.create_task(each.get(key, source.load)) for each in (one, two)]

        async def both_load() -> bool:
            return source.loads == 2

        await until(both_load)
        source.gate.set()
        assert await asyncio.gather(*callers) == ["one", "one"]
        assert one.events.counts["refused_fill"] + two.events.counts["refused_fill"] == 1


async def test_the_heart_does_not_beat_for_a_lost_lease(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """A renewal compares the token: a successor's lease is not prolonged by its predecessor."""
    source, beats = Source(), Beats()
    source.hold()
    async with fleet(connect, channel, lease_s=30, sleep=beats) as [one]:
        holder = asyncio.create_task(one.get(key, source.load))
        await source.started.wait()
        await beats.asleep.acquire()
        await one.redis.set(f"{key}:l", "successor", px=5_000)
        await beats.beat()
        assert await one.redis.pttl(f"{key}:l") <= 5_000
        source.gate.set()
        await holder
        assert await one.redis.getdel(f"{key}:l") == b"successor"


async def test_closing_gives_the_leases_up(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """A process that shuts down hands over at once; its callers are cancelled, not left hanging."""
    source = Source()
    async with fleet(connect, channel, channel, poll_s=(60, 60), wait_s=60, lease_s=60) as members:
        one, two = members
        first, second = await wait_behind(one, two, key, source)
        closing = asyncio.create_task(one.lease.aclose())
        source.started.clear()
        async with asyncio.timeout(5):
            await source.started.wait()  # the second load: the waiter has taken over
            source.gate.set()
            await closing
            assert await second == "one"
        await spin()
        assert first.cancelled()


async def test_closing_before_the_load_began_gives_the_lease_up_too(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """A fill whose task never ran its first step leaves no lease behind."""
    async with fleet(connect, channel, lease_s=60) as [one]:
        lease_scripts, token = Scripts(one.redis, channel=channel), secrets.token_hex(16)
        fills = Fills[str](lease_scripts, seal=lambda value, _s, _l: Sealed(value.encode(), 60, 0))
        await lease_scripts.claim([Ask(key, token)], lease_s=60)
        caller = asyncio.create_task(fills.run({key: token}, Source().load_many))
        await spin(1)
        await fills.aclose()
        await asyncio.wait([caller])
        assert caller.cancelled()
        assert await one.redis.get(f"{key}:l") is None


async def test_control_without_the_abort_the_waiter_waits_for_the_lease(
    connect: Callable[[], Redis], key: str, channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: a failed load that is not given up blocks the key until the lease has ended."""
    monkeypatch.setattr(scripts, "_ABORT", "return 0")
    bad, good = Source(), Source("good")
    bad.error = LookupError("the database said no")
    async with fleet(connect, channel, channel, lease_s=60, wait_s=0.05) as [one, two]:
        with pytest.raises(LookupError, match="said no"):
            await one.get(key, bad.load)
        assert await two.get(key, good.load) == "good"
        assert two.events.counts["unguarded_load"] == 1
        await one.redis.delete(f"{key}:l")


async def test_what_stays_for_good_is_filled_in_one_step(
    connect: Callable[[], Redis], key: str, channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A TTL that is taken away afterwards is a round trip each, and stands if that one fails."""
    redis = connect()
    monkeypatch.setattr(Redis, "persist", None, raising=False)
    steps = Scripts(redis, channel=channel)
    for ttl_s, expected in ((None, [-1]), (60.0, range(1, 61))):
        [claim] = await steps.claim([Ask(key, token := secrets.token_hex(16))], lease_s=5)
        assert claim.won
        assert [True] == await steps.fill([scripts.Fill(key, token, b"one", ttl_s)])
        assert await redis.ttl(f"{key}:v") in expected
        await steps.drop([key])
