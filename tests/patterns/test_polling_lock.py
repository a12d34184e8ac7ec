"""The article's lock: it stops the stampede, and has holes that the lease has not."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from redis.asyncio import Redis

from service.patterns.polling_lock import PollingLock

from .contract import Events, Source, check_cache, check_layer, spin


class Pauses:
    """A sleep that ends when the test says so."""

    def __init__(self) -> None:
        self.asked: asyncio.Queue[float] = asyncio.Queue()
        self.over = asyncio.Semaphore(0)

    async def __call__(self, pause_s: float) -> None:
        """Wait for ``over``."""
        self.asked.put_nowait(pause_s)
        await self.over.acquire()


def make(
    redis: Redis,
    observe: Events,
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    lock_s: float = 10,
    max_waits: float = 1000,
    ttl_s: float | None = 60,
) -> PollingLock[str]:
    """Build a cache of texts."""
    return PollingLock(
        redis,
        encode=str.encode,
        decode=bytes.decode,
        ttl=lambda _: ttl_s,
        lock_s=lock_s,
        pause_s=0.001,
        max_waits=max_waits,
        sleep=sleep,
        observe=observe,
    )


async def test_keeps_the_contract(redis: Redis, key: str, events: Events) -> None:
    """It is a layer and a cache; it does not promise the fence."""
    await check_layer(make(redis, events), key)
    await check_cache(make(redis, events), key)


async def test_two_processes_make_one_load(
    connect: Callable[[], Redis], key: str, events: Events
) -> None:
    """Who finds the lock taken waits and looks again; the value and the lock have a TTL."""
    pauses, source = Pauses(), Source()
    one, two = make(connect(), events), make(connect(), events, sleep=pauses)
    source.hold()
    first = asyncio.create_task(one.get(key, source.load))
    await source.started.wait()
    second = asyncio.create_task(two.get(key, source.load))
    assert await pauses.asked.get() == 0.001
    redis = connect()
    assert 0 < await redis.pttl(f"lock:{key}") <= 10_000
    source.gate.set()
    await first
    pauses.over.release()
    assert await second == "one"
    assert source.loads == 1
    assert events.counts == {"miss": 1, "wait": 1, "hit": 1}
    assert await redis.get(f"lock:{key}") is None
    assert 0 < await redis.pttl(key) <= 60_000


async def test_a_hit_says_what_it_found(redis: Redis, key: str, events: Events) -> None:
    """So that metering can tell a remembered absence."""
    lock, source = make(redis, events), Source()
    await lock.get(key, source.load)
    await lock.get(key, source.load)
    assert [("miss", {"key": key}), ("hit", {"key": key, "value": "one"})] == events.seen


async def test_who_comes_late_looks_again_under_the_lock(
    connect: Callable[[], Redis], key: str, events: Events
) -> None:
    """Another holder came, filled and went between our read and our lock: no second load."""
    source = Source()
    other = make(connect(), events)

    class Overtaken(PollingLock[str]):
        async def _lock(self, keys: Sequence[str]) -> dict[str, str]:
            await other.get(key, source.load)
            return await super()._lock(keys)

    redis = connect()
    late = Overtaken(redis, encode=str.encode, decode=bytes.decode, ttl=lambda _: 60)
    assert await late.get(key, source.load) == "one"
    assert source.loads == 1
    assert await redis.get(f"lock:{key}") is None


async def test_only_the_owner_releases_the_lock(redis: Redis, key: str, events: Events) -> None:
    """A holder whose lock expired leaves its successor's alone."""
    source = Source()
    source.hold()
    holder = asyncio.create_task(make(redis, events).get(key, source.load))
    await source.started.wait()
    await redis.set(f"lock:{key}", "successor", px=60_000)
    source.gate.set()
    await holder
    assert await redis.get(f"lock:{key}") == b"successor"
    await redis.delete(f"lock:{key}")


async def test_a_failed_load_releases_the_lock(redis: Redis, key: str, events: Events) -> None:
    """An error, or a cancellation, does not leave the key locked for ten seconds."""
    lock, source = make(redis, events), Source()
    source.hold()
    holder = asyncio.create_task(lock.get(key, source.load))
    await source.started.wait()
    holder.cancel()
    await asyncio.wait([holder])
    assert await redis.get(f"lock:{key}") is None


async def test_open_a_dead_holder_stalls_the_key(redis: Redis, key: str, events: Events) -> None:
    """The hole it has: nothing is loaded until the lock of the dead holder has expired."""
    pauses, source = Pauses(), Source()
    await redis.set(f"lock:{key}", "dead", px=60_000)
    waiter = asyncio.create_task(make(redis, events, sleep=pauses).get(key, source.load))
    for _ in range(5):
        await pauses.asked.get()
        pauses.over.release()
    await spin()
    assert source.loads == 0
    await redis.delete(f"lock:{key}")  # as its expiry would
    pauses.over.release()
    assert await waiter == "one"


async def test_a_bounded_wait_ends_in_a_load_that_is_not_stored(
    redis: Redis, key: str, events: Events
) -> None:
    """With max_waits the caller loads for itself, and leaves the cache to the holder."""
    await redis.set(f"lock:{key}", "dead", px=60_000)
    assert await make(redis, events, max_waits=3).get(key, Source("mine").load) == "mine"
    assert await redis.get(key) is None
    assert events.counts["wait"] == 3
    await redis.delete(f"lock:{key}")


async def test_open_a_late_set_undoes_an_invalidation(
    redis: Redis, key: str, events: Events
) -> None:
    """The stale set that the article's lock does not close."""
    lock, source = make(redis, events), Source("old")
    source.hold()
    reader = asyncio.create_task(lock.get(key, source.load))
    await source.started.wait()
    source.value = "new"
    await lock.invalidate(key)
    source.gate.set()
    await reader
    assert await lock.get(key, source.load) == "old"


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
    posts = PollingLock(redis, encode=str.encode, decode=strict, ttl=lambda _: 60)
    assert await posts.get(key, Source("new").load) == "new"
    assert await redis.get(key) == b"new"


async def test_a_value_without_a_life_stays(redis: Redis, key: str, events: Events) -> None:
    """Until it is dropped; the lock is gone."""
    one = make(redis, events, ttl_s=None)
    assert await one.get(key, Source().load) == "one"
    assert await redis.pttl(key) == -1
    assert not await redis.exists(f"lock:{key}")
    await one.invalidate(key)
    assert not await redis.exists(key)
