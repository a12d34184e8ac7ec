# SPDX-License-Identifier: MIT
"""Cache-aside (lazy loading): get from the cache, else load and set with a TTL.

Closes: asking the database again for what was asked a moment ago.
Race: none is closed, two are left open. The stale set:
    1. reader R misses and loads the row, version 1
    2. writer W commits version 2 and deletes the cached key, which is absent
    3. R sets version 1: everybody reads it until the TTL ends
  and the stampede: every caller that misses before the first set loads as well.
Does not: survive those two races (lease/ closes both), nor a dead Redis (errors reach the caller;
    fail_open.py decides what they mean). Cost: one GET on a hit; GET, load, SET on a miss.
Use:
    >>> async def load_post() -> str:
    ...     return "hello"
    >>> async def main() -> str:
    ...     async with Redis.from_url(REDIS_URL) as redis:
    ...         posts = CacheAside(redis, encode=str.encode, decode=bytes.decode, ttl=lambda _: 60)
    ...         return await posts.get("example:{42}", load_post)
    >>> asyncio.run(main())
    'hello'

Source: Microsoft Azure Architecture Center, "Cache-Aside pattern"; the stale set: "Scaling
    Memcache at Facebook" (NSDI 2013), section 3.2.1.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar, cast

from redis.asyncio import Redis

V = TypeVar("V")


def _silent(_event: str, **_details: object) -> None:
    """Count nothing."""


class CacheAside(Generic[V]):
    """One Redis string per key, filled by whoever misses.

    ``encode`` and ``decode`` are the codec; bytes at which ``decode`` raises, whatever it raises,
    are a miss, and the next fill replaces them. ``ttl`` gives a value's life in seconds, or
    ``None`` for no TTL. ``observe`` gets ``hit`` and ``miss`` with ``key``, ``hit`` with ``value``
    too. The client must return bytes (no ``decode_responses``).
    """

    def __init__(
        self,
        redis: Redis,
        *,
        encode: Callable[[V], bytes],
        decode: Callable[[bytes], V],
        ttl: Callable[[V], float | None],
        observe: Callable[..., None] = _silent,
    ) -> None:
        self._redis = redis
        # A cluster client's own MGET refuses keys of several slots; this one splits them.
        self._mget = getattr(redis, "mget_nonatomic", redis.mget)
        self._encode = encode
        self._decode = decode
        self._ttl = ttl
        self._observe = observe

    async def get(self, key: str, load: Callable[[], Awaitable[V]]) -> V:
        """Return the cached value of ``key``, else load and store it."""
        found = self._open(key, cast("bytes | None", await self._redis.get(key)))
        if found:
            return found[0]
        value = await load()
        # The stale set is possible from here: nothing tells this caller that the key was
        # invalidated while it was loading.
        await self._redis.set(key, self._encode(value), px=self._life_ms(value))
        return value

    async def get_many(
        self,
        keys: Sequence[str],
        load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, V]]],
    ) -> dict[str, V]:
        """Return a value for each key: one MGET, one load and one pipeline for the missing."""
        wanted = list(dict.fromkeys(keys))
        if not wanted:
            return {}  # MGET without keys is an error
        raws = cast("list[bytes | None]", await self._mget(wanted))
        found = {key: self._open(key, raw) for key, raw in zip(wanted, raws, strict=True)}
        missing = [key for key in wanted if not found[key]]
        loaded = await load_many(missing) if missing else {}
        if missing:
            # MSET cannot carry a TTL, so it is one SET each, in one round trip.
            pipe = self._redis.pipeline(transaction=False)
            for key in missing:
                pipe.set(key, self._encode(loaded[key]), px=self._life_ms(loaded[key]))
            await pipe.execute()
        return {key: hit[0] if (hit := found[key]) else loaded[key] for key in wanted}

    async def invalidate(self, *keys: str) -> None:
        """Drop the keys. A load that is under way can still put the old value back."""
        if keys:
            await self._redis.delete(*keys)

    def _open(self, key: str, raw: bytes | None) -> tuple[V] | None:
        # A tuple of one, because the cached value itself may well be None.
        try:
            found = None if raw is None else (self._decode(raw),)
        except Exception:  # noqa: BLE001 - of another release or broken: whatever is raised, a miss
            found = None
        if found:
            self._observe("hit", key=key, value=found[0])
        else:
            self._observe("miss", key=key)
        return found

    def _life_ms(self, value: V) -> int | None:
        ttl_s = self._ttl(value)
        # Redis refuses 0: a TTL shorter than a millisecond is one millisecond.
        return None if ttl_s is None else max(1, round(ttl_s * 1000))
