"""Cache-aside: simple, and open to two races."""

import asyncio

from redis.asyncio import Redis

from service.patterns.cache_aside import CacheAside

from .contract import Events, Source, check_cache, check_layer, until


def make(redis: Redis, observe: Events, ttl_s: float | None = 60) -> CacheAside[str]:
    """Build a cache of texts."""
    return CacheAside(
        redis, encode=str.encode, decode=bytes.decode, ttl=lambda _: ttl_s, observe=observe
    )


async def test_keeps_the_contract(redis: Redis, key: str, events: Events) -> None:
    """It is a layer and a cache; it does not promise the fence."""
    await check_layer(make(redis, events), key)
    await check_cache(make(redis, events), key)


async def test_counts_hits_and_misses(redis: Redis, key: str, events: Events) -> None:
    """One event per key and look."""
    cache, source = make(redis, events), Source()
    await cache.get(key, source.load)
    await cache.get_many([key, f"{key}:b"], source.load_many)
    assert events.counts == {"miss": 2, "hit": 1}
    assert events.seen[0] == ("miss", {"key": key})


async def test_the_ttl_is_set_and_forever_is_none(redis: Redis, key: str, events: Events) -> None:
    """A TTL function that gives None leaves the key without one: naive's mistake."""
    source = Source()
    await make(redis, events, 0.0001).get(f"{key}:tiny", source.load)
    await make(redis, events, 60).get(key, source.load)
    assert 0 < await redis.pttl(key) <= 60_000
    await redis.delete(key)
    await make(redis, events, None).get(key, source.load)
    assert await redis.pttl(key) == -1
    await redis.delete(key)


async def test_bytes_of_another_format_are_a_miss(redis: Redis, key: str, events: Events) -> None:
    """What cannot be decoded is loaded again and replaced."""
    await redis.set(key, b"\xff\xfe", px=60_000)
    assert await make(redis, events).get(key, Source("one").load) == "one"
    assert await redis.get(key) == b"one"


def strict(raw: bytes) -> str:
    """Decode as a release does whose class has lost a field: what it raises is no ValueError."""
    if raw == b"old":
        raise TypeError("got an unexpected keyword argument 'karma'")
    return raw.decode()


async def test_whatever_the_decoder_raises_is_a_miss(redis: Redis, key: str) -> None:
    """A value of the old release is loaded again and replaced, not an error until its TTL ends."""
    await redis.set(key, b"old", px=60_000)
    posts = CacheAside(redis, encode=str.encode, decode=strict, ttl=lambda _: 60)
    assert await posts.get_many([key], Source("new").load_many) == {key: f"new {key}"}
    assert await redis.get(key) == f"new {key}".encode()


async def test_open_every_concurrent_miss_loads(redis: Redis, key: str, events: Events) -> None:
    """The stampede that it does not close: ten callers, ten loads."""
    cache, source = make(redis, events), Source()
    source.hold()
    callers = [asyncio.create_task(cache.get(key, source.load)) for _ in range(10)]

    async def all_load() -> bool:
        return source.loads == 10

    await until(all_load)
    source.gate.set()
    assert await asyncio.gather(*callers) == ["one"] * 10


async def test_open_a_late_set_undoes_an_invalidation(
    redis: Redis, key: str, events: Events
) -> None:
    """The stale set that it does not close: the old value is served after the write."""
    cache, source = make(redis, events), Source("old")
    source.hold()
    reader = asyncio.create_task(cache.get(key, source.load))
    await source.started.wait()
    source.value = "new"
    await cache.invalidate(key)
    source.gate.set()
    await reader
    assert await cache.get(key, source.load) == "old"
