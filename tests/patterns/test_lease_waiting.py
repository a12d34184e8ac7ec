"""Waiting for somebody else's load: woken by push, by the clock, or out of patience."""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from service.patterns.lease import Lease, Wake, scripts
from service.patterns.lease.entries import Sealed
from service.patterns.lease.envelope import pack
from service.patterns.lease.fills import Fills
from service.patterns.lease.scripts import Ask, Scripts

from .contract import Events, Source, spin, until
from .fleet import Member, fleet, is_waited_for


def causes(member: Member) -> Counter[object]:
    """Count why a member's waits ended."""
    return Counter(details["cause"] for event, details in member.events.seen if event == "wake")


async def wait_behind(
    holder: Member, waiter: Member, key: str, source: Source
) -> tuple["asyncio.Task[str]", "asyncio.Task[str]"]:
    """Let one load and the other wait for it; return both calls once they stand like that."""
    source.hold()
    first = asyncio.create_task(holder.get(key, source.load))
    await source.started.wait()
    second = asyncio.create_task(waiter.get(key, source.load))
    await until(partial(is_waited_for, holder.redis, key))
    return first, second


async def test_a_waiter_is_woken_by_push(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """With a poll that would take a minute the value still comes at once."""
    source = Source()
    async with fleet(connect, channel, channel, poll_s=(60, 60), wait_s=60, lease_s=60) as members:
        one, two = members
        first, second = await wait_behind(one, two, key, source)
        source.gate.set()
        async with asyncio.timeout(5):
            assert [await first, await second] == ["one", "one"]
        assert causes(two) == {"push": 1}
        assert source.loads == 1


async def test_a_lost_message_costs_a_poll(connect: Callable[[], Redis], key: str) -> None:
    """A process that hears nothing finds the value by itself, a little later."""
    source = Source()
    async with fleet(connect, "here", "elsewhere", poll_s=(0.01, 0.02)) as [one, deaf]:
        first, second = await wait_behind(one, deaf, key, source)
        source.gate.set()
        assert [await first, await second] == ["one", "one"]
        assert set(causes(deaf)) == {"poll"}


async def test_an_invalidation_wakes_the_waiters(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """Nobody waits for a load that was overtaken: a waiter takes over with a new one."""
    old, new = Source("old"), Source("new")
    async with fleet(connect, *[channel] * 3, poll_s=(60, 60), wait_s=60, lease_s=60) as members:
        one, two, writer = members
        old.hold()
        first = asyncio.create_task(one.get(key, old.load))
        await old.started.wait()
        second = asyncio.create_task(two.get(key, new.load))
        await until(partial(is_waited_for, one.redis, key))
        await writer.lease.invalidate(key)
        async with asyncio.timeout(5):
            assert await second == "new"
        old.gate.set()
        assert await first == "old"
        assert await writer.get(key, old.load) == "new"


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


async def test_a_new_link_makes_all_waiters_look(
    connect: Callable[[], Redis], redis_url: str, key: str, channel: str
) -> None:
    """What was published while the link was down is made up for when it is back."""
    events, source = Events(), Source()
    async with fleet(connect, channel, lease_s=60) as [one]:
        redis = one.redis
        name = f"cut-{secrets.token_hex(4)}"
        link = Redis.from_url(redis_url, client_name=name, retry=Retry(NoBackoff(), 0))
        wake = Wake(link, channel=channel, observe=events)
        lease = Lease(
            redis,
            wake=wake,
            encode=str.encode,
            decode=bytes.decode,
            ttl=lambda _: 60,
            poll_s=(60, 60),
            wait_s=60,
            lease_s=60,
        )
        two = Member(redis, wake, lease, events)
        first, second = await wait_behind(one, two, key, source)
        filled = pack(b"one", written_at_s=time.time(), fresh_for_s=60, load_s=0)
        await redis.set(f"{key}:v", filled, px=60_000)  # and the message is lost
        for client in await redis.client_list():
            if client["name"] == name:
                await redis.client_kill_filter(_id=client["id"])
        async with asyncio.timeout(5):
            assert await second == "one"
        source.gate.set()
        await first
        await lease.aclose()
        await wake.aclose()
        await link.aclose()
        assert events.counts["link_up"] == 2


async def test_patience_ends_in_a_copy_if_one_is_allowed(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """After the budget the last good value is served, and counted as stale."""
    source = Source("old")
    async with fleet(connect, channel, channel, wait_s=0.02, stale_for_s=60) as [one, two]:
        assert await two.get(key, source.load) == "old"
        assert await two.get(key, source.load) == "old"
        assert two.lease.stale_copy(key) == ("old",)
        await one.redis.delete(f"{key}:v")  # evicted, not invalidated
        source.hold()
        holder = asyncio.create_task(one.get(key, source.load))
        await source.started.wait()
        assert await two.get(key, source.load) == "old"
        assert two.events.counts["stale"] == 1
        source.gate.set()
        await holder
        assert source.loads == 2


async def test_patience_ends_in_a_load_that_is_not_stored(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """Without a copy the caller loads for itself, and nothing unfenced reaches the cache."""
    slow, mine = Source("slow"), Source("mine")
    async with fleet(connect, channel, channel, wait_s=0.02) as [one, two]:
        slow.hold()
        holder = asyncio.create_task(one.get(key, slow.load))
        await slow.started.wait()
        assert await two.get(key, mine.load) == "mine"
        assert two.events.counts["unguarded_load"] == 1
        assert causes(two)["timeout"] == 1
        assert await one.redis.get(f"{key}:v") is None
        slow.gate.set()
        assert await holder == "slow"
        assert await two.get(key, mine.load) == "slow"


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
