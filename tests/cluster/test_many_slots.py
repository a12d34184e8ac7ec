"""Batches over many slots: what one node answers at once, a cluster client must split."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, cast

import pytest
from redis.asyncio import Redis, RedisCluster
from redis.exceptions import RedisClusterException

from service.patterns.auto_batch import AutoBatch
from service.patterns.bounded_timeline import BoundedTimeline
from service.patterns.cache_aside import CacheAside
from service.patterns.generation import Generation
from service.patterns.lease import Lease, Wake
from service.patterns.native_counter import NativeCounter
from service.patterns.near_cache import NearCache, Push
from service.patterns.outbox import server_identity
from service.patterns.polling_lock import PollingLock
from service.patterns.stale_while_revalidate import StaleWhileRevalidate
from tests.patterns.contract import Events, Source, until

CODEC: dict[str, Any] = {"encode": str.encode, "decode": bytes.decode}


class Layer(Protocol):
    """What all shared caches have."""

    async def get_many(
        self,
        keys: Sequence[str],
        load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, str]]],
    ) -> dict[str, str]:
        """Return the values of many keys."""

    async def invalidate(self, *keys: str) -> None:
        """Drop keys."""


def cache_aside(redis: Redis, _wake: Wake) -> Layer:
    """The plainest."""
    return CacheAside(redis, **CODEC, ttl=lambda _: 60)


def polling_lock(redis: Redis, _wake: Wake) -> Layer:
    """A lock beside each value, in a slot of its own: SET NX needs no second key."""
    return PollingLock(redis, **CODEC, ttl=lambda _: 60)


def lease(redis: Redis, wake: Wake) -> Layer:
    """Scripts over two keys of one slot."""
    return Lease(redis, wake=wake, **CODEC, ttl=lambda _: 60)


def lease_with_batches(redis: Redis, wake: Wake) -> Layer:
    """The same, its reads merged."""
    return Lease(redis, wake=wake, **CODEC, ttl=lambda _: 60, reads=AutoBatch(redis))


def stale_while_revalidate(redis: Redis, _wake: Wake) -> Layer:
    """One MGET for values and ages."""
    return StaleWhileRevalidate(redis, fresh_for_s=60, stale_for_s=60, **CODEC)


async def test_the_keys_are_on_all_nodes(connect: Callable[[], Redis], keys: list[str]) -> None:
    """The switch: a single MGET over them is refused, so the tests below prove something."""
    redis = cast("RedisCluster", connect())
    await redis.initialize()
    nodes = {redis.get_node_from_key(key) for key in keys}
    assert len(nodes) == 3
    assert len({redis.keyslot(key) for key in keys}) == 60
    with pytest.raises(RedisClusterException):
        await redis.mget(keys)


@pytest.mark.parametrize(
    "make", [cache_aside, polling_lock, lease, lease_with_batches, stale_while_revalidate]
)
async def test_a_batch_over_all_nodes_is_one_load(
    connect: Callable[[], Redis],
    keys: list[str],
    channel: str,
    make: Callable[[Redis, Wake], Layer],
) -> None:
    """Half the keys, all of them, and again after an invalidation of all."""
    redis, source = connect(), Source("one")
    async with Wake(redis, channel=channel) as wake:
        layer = make(redis, wake)
        await layer.get_many(keys[:30], source.load_many)
        source.value = "two"
        values = await layer.get_many(keys, source.load_many)
        assert [values[key].split()[0] for key in keys] == ["one"] * 30 + ["two"] * 30
        assert source.asked == [keys[:30], keys[30:]]
        await layer.invalidate(*keys)
        source.value = "three"
        values = await layer.get_many(keys, source.load_many)
        assert {value.split()[0] for value in values.values()} == {"three"}
        if aclose := getattr(layer, "aclose", None):
            await aclose()


async def test_the_gets_of_a_turn_reach_all_nodes(
    connect: Callable[[], Redis], keys: list[str], events: Events
) -> None:
    """Merged as on one server, and each caller gets its own answer."""
    redis = connect()
    for key in keys[:-1]:
        await redis.set(key, key, px=60_000)
    batch = AutoBatch(redis, observe=events)
    answers = await asyncio.gather(*(batch.get(key) for key in keys))
    assert answers == [*(key.encode() for key in keys[:-1]), None]
    assert events.seen == [("batch", {"size": 60})]


async def test_a_fleet_loads_each_key_once(
    connect: Callable[[], Redis], keys: list[str], channel: str
) -> None:
    """Two processes ask for the same sixty keys; who waits is woken from whichever node."""
    source = Source()
    source.hold()
    events = Events(), Events()
    clients = connect(), connect()
    async with (
        Wake(clients[0], channel=channel) as here,
        Wake(clients[1], channel=channel) as there,
    ):
        # Pauses of a minute: whoever is not woken by a message fails the test.
        settings: dict[str, Any] = {
            "ttl": lambda _: 60, "poll_s": (60, 60), "wait_s": 60, "lease_s": 60, **CODEC,
        }  # fmt: skip
        leases = [
            Lease[str](redis, wake=wake, observe=seen, **settings)
            for redis, wake, seen in zip(clients, (here, there), events, strict=True)
        ]
        first = asyncio.create_task(leases[0].get_many(keys, source.load_many))
        await source.started.wait()
        second = asyncio.create_task(leases[1].get_many(keys, source.load_many))

        async def waits() -> bool:
            leases_held = [await clients[0].get(f"{key}:l") for key in keys]
            return all(cast("bytes", held).endswith(b"+") for held in leases_held)

        await until(waits)
        source.gate.set()
        async with asyncio.timeout(10):
            assert await first == await second
        assert source.asked == [keys]
        assert events[1].counts["waited"] == 60
        for each in leases:
            await each.aclose()


async def test_a_write_is_heard_in_every_process(
    connect: Callable[[], Redis], keys: list[str], channel: str
) -> None:
    """Near caches of two processes; the keys dropped lie on all nodes."""
    source = Source("old")
    async with Push(connect(), channel=channel) as here, Push(connect(), channel=channel) as there:
        near, writer = (
            NearCache[str](push, life=lambda _key, _value: 60.0, size=len) for push in (here, there)
        )
        await near.get_many(keys, source.load_many)
        source.value = "new"
        await writer.invalidate(*keys)

        async def all_new() -> bool:
            values = await near.get_many(keys, source.load_many)
            return {value.split()[0] for value in values.values()} == {"new"}

        await until(all_new)


async def test_beats_take_the_way_of_the_invalidations(
    connect: Callable[[], Redis], channel: str
) -> None:
    """Else a beat would prove nothing: a cluster client publishes each channel through its node."""
    redis = cast("RedisCluster", connect())
    for name in (channel, f"{{{channel}}}:more"):
        push = Push(cast("Redis", redis), channel=name)
        assert redis.keyslot(push._beats) == redis.keyslot(name)


async def test_a_cluster_is_told_by_all_its_primaries(connect: Callable[[], Redis]) -> None:
    """The relay replays when any of them is another."""
    said = await server_identity(connect())
    assert said == await server_identity(connect())
    assert len(set(said.split(" | "))) == 3


async def test_counters_timelines_and_generations_span_nodes(
    connect: Callable[[], Redis], keys: list[str]
) -> None:
    """Each entry in one slot, a batch of them anywhere."""
    redis = connect()
    counters = NativeCounter(redis, fields=["votes"], ttl=lambda _: 60)

    async def load(asked: Sequence[str]) -> dict[str, Any]:
        return {key: {"votes": 1, "version": 1} for key in asked}

    await counters.get_many(keys, load)
    assert [await counters.add(key, 2, votes=1) for key in keys] == [True] * 60
    assert {
        value["votes"] for value in (await counters.get_many(keys, load)).values() if value
    } == {2}
    homes = BoundedTimeline(redis, ttl_s=60)

    async def newest(_limit: int) -> list[int]:
        return [41, 40]

    for key in keys[:10]:
        await homes.rebuild(key, newest)
    await homes.push(keys, 42)
    pages = [await homes.page(key, limit=2) for key in keys]
    assert [page.ids for page in pages if page] == [[42, 41]] * 10
    pages_of = Generation(redis)
    before = [await pages_of.current(key) for key in keys]
    for key in keys[:5]:
        await pages_of.bump(key)
    after = [await pages_of.current(key) for key in keys]
    assert [old == new for old, new in zip(before, after, strict=True)] == [False] * 5 + [True] * 55
