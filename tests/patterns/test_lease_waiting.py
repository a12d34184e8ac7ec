"""Waiting for somebody else's load: woken by push, by the clock, or out of patience."""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from service.patterns.lease import Lease, Wake
from service.patterns.lease.envelope import pack
from service.patterns.lease.scripts import Scripts

from .contract import Events, Source, until
from .fleet import Member, fleet, is_waited_for, wait_behind


def causes(member: Member) -> Counter[object]:
    """Count why a member's waits ended."""
    return Counter(details["cause"] for event, details in member.events.seen if event == "wake")


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


@pytest.mark.usefixtures("one_node")
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


async def test_an_error_of_any_kind_ends_the_link_and_not_the_subscriber(
    redis: Redis, key: str, channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as uvloop's RuntimeError for a closed transport: nobody would start it again."""
    events, pubsub = Events(), redis.pubsub

    def pubsub_but_once() -> PubSub:
        monkeypatch.setattr(redis, "pubsub", pubsub)
        raise RuntimeError("the handler is closed")

    monkeypatch.setattr(redis, "pubsub", pubsub_but_once)
    async with Wake(redis, channel=channel, observe=events) as wake:

        async def is_up() -> bool:
            return events.counts == {"link_lost": 1, "link_up": 1}

        await until(is_up)
        with wake.listening([key]) as woken:
            await redis.publish(channel, f"filled {key}")
            assert await wake.wait(woken, 5.0) == "push"


async def test_a_waiter_marks_the_next_lease_as_well(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """When the lease changed hands meanwhile, its new holder must know of the waiter."""
    source = Source()
    async with fleet(connect, channel, channel, poll_s=(60, 60), wait_s=60, lease_s=60) as members:
        one, two = members
        first, second = await wait_behind(one, two, key, source)
        successor = secrets.token_hex(16)
        await one.redis.eval(  # dropped, and taken again, before two looks
            "redis.call('SET', KEYS[1], ARGV[1], 'PX', 60000)"
            " redis.call('PUBLISH', ARGV[2], ARGV[3])",
            1,
            *(f"{key}:l", successor, channel, f"dropped {key}"),
        )
        await until(partial(is_waited_for, one.redis, key))
        source.gate.set()
        assert await first == "one"
        await Scripts(one.redis, channel=channel).abort([(key, successor)])
        async with asyncio.timeout(5):
            assert await second == "one"
        assert source.loads == 2


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
