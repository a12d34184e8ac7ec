"""The near cache: fast, bounded, and fenced by its tickets."""

import asyncio
from collections.abc import Callable

import pytest
from redis.asyncio import Redis

from service.patterns.near_cache import NearCache, Push

from .contract import Clock, Source, check_cache, check_fenced, check_layer


def near_cache(push: Push, **settings: object) -> NearCache[str]:
    """Build a cache of texts that may live as long as the link allows."""
    defaults: dict[str, object] = {"life": lambda _key, _value: 3600.0, "size": len}
    return NearCache(push, **{**defaults, **settings})  # type: ignore[arg-type]


async def test_keeps_the_contract(redis: Redis, key: str, channel: str) -> None:
    """The near cache is a layer, a cache, and fenced by its tickets."""
    async with Push(redis, channel=channel) as push:
        await check_layer(near_cache(push), key)
        await check_cache(near_cache(push), key)
        await check_fenced(near_cache(push), key)


async def overtaken(cache: NearCache[str], push: Push, redis: Redis, key: str) -> str:
    """Let a push arrive while the old value is being loaded; return what stayed."""
    source, heard = Source("old"), asyncio.Event()
    push.on_drop(lambda _key: heard.set())
    source.hold()
    reader = asyncio.create_task(cache.get(key, source.load))
    await source.started.wait()
    source.value = "new"
    heard.clear()
    async with Push(redis, channel=push_channel(push)) as elsewhere:
        await elsewhere.publish(key)
        await heard.wait()
    source.gate.set()
    assert await reader == "old"
    return await cache.get(key, source.load)


def push_channel(push: Push) -> str:
    """Tell which channel a push listens to."""
    return push._channel


async def test_a_push_that_overtakes_a_load_prevents_the_store(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """The value that was read before the invalidation is answered once and not kept."""
    async with Push(connect(), channel=channel) as push:
        assert await overtaken(near_cache(push), push, connect(), key) == "new"


async def test_control_without_the_ticket_the_old_value_stays(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """The switch: a message that finds nothing to drop, and a load that does not know of it."""

    class NoEpoch(NearCache[str]):
        def forget(self, key: str | None) -> None:
            tickets = dict(self._tickets)
            super().forget(key)
            self._tickets.update(tickets)

    async with Push(connect(), channel=channel) as push:
        cache = NoEpoch(push, life=lambda _key, _value: 3600.0, size=len)
        assert await overtaken(cache, push, connect(), key) == "old"


async def test_the_news_of_the_layer_behind_prevents_the_store_too(
    redis: Redis, key: str, channel: str
) -> None:
    """An old value may be on its way from there when the push is over; its own news tell of it."""
    async with Push(redis, channel=channel) as push:
        for news in (key, None):
            cache, source = near_cache(push), Source("old")
            source.hold()
            reader = asyncio.create_task(cache.get(key, source.load))
            await source.started.wait()
            cache.forget(news)
            source.value = "new"
            source.gate.set()
            assert "old" == await reader
            assert "new" == await cache.get(key, source.load)
            cache.forget(news)
            source.value = "newer"
            assert "newer" == await cache.get(key, source.load)


async def test_life_depends_on_trust_in_the_link(redis: Redis, key: str) -> None:
    """60 s while the heartbeat is heard, 2 s from the store otherwise."""
    clock, source = Clock(), Source()
    push = Push(redis, clock=clock)  # not started: nothing is heard
    cache = near_cache(push, clock=clock)
    await cache.get(key, source.load)
    clock.now_s += 1.9
    await cache.get(key, source.load)
    assert source.loads == 1
    clock.now_s += 0.1
    await cache.get(key, source.load)
    assert source.loads == 2
    push.trusted_until_s = clock.now_s + 1000
    clock.now_s += 59.9
    await cache.get(key, source.load)
    assert source.loads == 2
    clock.now_s += 0.1
    await cache.get(key, source.load)
    assert source.loads == 3


async def test_a_value_lives_no_longer_than_the_shared_one(redis: Redis, key: str) -> None:
    """``life`` caps the time here; a value with nothing left is not kept at all."""
    clock, source = Clock(), Source()
    lives = {f"{key}:short": 1.0, f"{key}:over": 0.0}
    cache = near_cache(Push(redis), clock=clock, life=lambda key, _value: lives[key])
    for name, loads in (("short", 1), ("short", 1), ("over", 2), ("over", 3)):
        await cache.get(f"{key}:{name}", source.load)
        assert source.loads == loads
    clock.now_s += 1
    await cache.get(f"{key}:short", source.load)
    assert source.loads == 4


async def test_entries_are_bounded_in_number_and_bytes(redis: Redis, key: str) -> None:
    """The least recently used goes first; what is larger than everything is not kept."""
    source = Source("12345")
    few = near_cache(Push(redis), most=2)
    for name in "abac":
        await few.get(name, source.load)
    assert source.loads == 3
    await few.get("a", source.load)
    assert source.loads == 3
    await few.get("b", source.load)
    assert source.loads == 4

    small = near_cache(Push(redis), most_bytes=12)
    keys = [f"{key}:{i}" for i in range(3)]
    for each in keys:
        await small.get(each, source.load)
    before = source.loads
    await small.get_many(keys[1:], source.load_many)
    assert source.loads == before
    source.value = "x" * 13
    await small.get("large", source.load)
    await small.get("large", source.load)
    assert source.loads == before + 2
    await small.get_many(keys[1:], source.load_many)
    assert source.loads == before + 2


async def test_tickets_do_not_pile_up(redis: Redis, key: str) -> None:
    """When the loads of a key are over, well or badly, nothing of them is kept."""
    cache, source = near_cache(Push(redis)), Source()
    await cache.get(key, source.load)
    await cache.get_many([f"{key}:{i}" for i in range(3)], source.load_many)
    source.error = LookupError("the database said no")
    with pytest.raises(LookupError, match="said no"):
        await cache.get(f"{key}:bad", source.load)
    assert cache._tickets == {}
