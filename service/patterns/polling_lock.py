# SPDX-License-Identifier: MIT
"""Polling lock: who wins SET NX loads and stores, everybody else sleeps and looks again.

The article's fix for the stampede, done carefully: unguessable token, compare-and-delete, a
second look under the lock, no recursion. The honest baseline for lease/, not what we recommend.

Closes: the stampede, across processes, as long as nothing fails.
Race (left open):
    1. holder H wins the lock and loads version 1
    2. writer W commits version 2 and deletes the value, which is absent; nothing tells H
    3. H stores version 1: everybody reads it until the TTL ends
  Also open: a holder that dies blocks the key until ``lock_s`` is over, and a load slower than
  ``lock_s`` loses the lock unnoticed, so that a second load starts.
Does not: wake its waiters. Each polls every ``pause_s``, so the mean wait is half a pause longer
    than needed and the cache sees callers / pause commands a second. As in the article a caller
    waits for ever; with ``max_waits`` it loads for itself after so many pauses and does not store.
Use:
    >>> async def load_post() -> str:
    ...     return "hello"
    >>> async def main() -> str:
    ...     async with Redis.from_url(REDIS_URL) as redis:
    ...         posts = PollingLock(redis, encode=str.encode, decode=bytes.decode, ttl=lambda _: 60)
    ...         return await posts.get("example:{42}", load_post)
    >>> asyncio.run(main())
    'hello'

Source: redis.io, "Distributed locks with Redis" (the single-instance form).
"""

import asyncio
import contextlib
import math
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar, cast

from redis.asyncio import Redis

V = TypeVar("V")

# Delete only our own lock: it may have expired and belong to somebody else by now.
_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


def _silent(_event: str, **_details: object) -> None:
    """Count nothing."""


class PollingLock(Generic[V]):
    """One loader per key and fleet by a lock beside the value; see the module for its holes.

    ``ttl`` gives a value's life in seconds, or ``None`` for no TTL. Bytes at which ``decode``
    raises, whatever it raises, are a miss; the next fill replaces them. ``observe`` gets ``hit``
    (with ``value``, also one that was waited for), ``miss`` (this caller loads) and ``wait`` (one
    pause), each with ``key``.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        encode: Callable[[V], bytes],
        decode: Callable[[bytes], V],
        ttl: Callable[[V], float | None],
        lock_s: float = 10,
        pause_s: float = 0.1,
        max_waits: float = math.inf,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        token: Callable[[], str] = lambda: secrets.token_hex(16),
        observe: Callable[..., None] = _silent,
    ) -> None:
        self._redis = redis
        # A cluster client's own MGET refuses keys of several slots; this one splits them.
        self._mget = getattr(redis, "mget_nonatomic", redis.mget)
        self._encode = encode
        self._decode = decode
        self._ttl = ttl
        self._lock_s = lock_s
        self._pause_s = pause_s
        self._max_waits = max_waits
        self._sleep = sleep
        self._token = token
        self._observe = observe

    async def get(self, key: str, load: Callable[[], Awaitable[V]]) -> V:
        """Return the cached value of ``key``, else load it under the lock, else wait for it."""

        async def load_one(_keys: Sequence[str]) -> Mapping[str, V]:
            return {key: await load()}

        return (await self.get_many([key], load_one))[key]

    async def get_many(
        self,
        keys: Sequence[str],
        load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, V]]],
    ) -> dict[str, V]:
        """Return a value for each key: one MGET, a lock per missing key, one load for the won."""
        wanted = list(dict.fromkeys(keys))
        values: dict[str, V] = {}
        waits = 0
        while wanted:
            values.update(await self._read(wanted))
            won = await self._lock([key for key in wanted if key not in values])
            if won:
                values.update(await self._load(won, load_many))
            wanted = [key for key in wanted if key not in values]
            if wanted and waits >= self._max_waits:
                # Without the lock nothing may be stored: another holder's newer value could
                # be there already.
                return values | dict(await load_many(wanted))
            if wanted:
                waits += 1
                for key in wanted:
                    self._observe("wait", key=key)
                await self._sleep(self._pause_s)
        return values

    async def invalidate(self, *keys: str) -> None:
        """Drop the values. The lock stays, so a holder under way stores what it read before."""
        if keys:
            await self._redis.delete(*keys)

    async def _read(self, keys: Sequence[str]) -> dict[str, V]:
        raws = cast("list[bytes | None]", await self._mget(keys))
        values: dict[str, V] = {}
        for key, raw in zip(keys, raws, strict=True):
            if raw is None:
                continue
            try:
                values[key] = self._decode(raw)
            except Exception:  # noqa: BLE001, S112 - of another release or broken: a miss
                continue
            self._observe("hit", key=key, value=values[key])
        return values

    async def _lock(self, keys: Sequence[str]) -> dict[str, str]:
        if not keys:
            return {}
        tokens = {key: self._token() for key in keys}
        pipe = self._redis.pipeline(transaction=False)
        for key, token in tokens.items():
            pipe.set(f"lock:{key}", token, nx=True, px=round(self._lock_s * 1000))
        answers = await pipe.execute()
        return {key: tokens[key] for key, ok in zip(keys, answers, strict=True) if ok}

    async def _load(
        self,
        won: Mapping[str, str],
        load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, V]]],
    ) -> dict[str, V]:
        try:
            # The article's code does without this look, and loads twice: between our read and
            # our lock another holder may have come, filled the key and gone.
            values = await self._read(list(won))
            rest = [key for key in won if key not in values]
            for key in rest:
                self._observe("miss", key=key)
            loaded = await load_many(rest) if rest else {}
            pipe = self._redis.pipeline(transaction=False)
            for key in rest:
                # The stale set happens here: stored whether or not the key was invalidated.
                ttl_s = self._ttl(loaded[key])
                life_ms = None if ttl_s is None else max(1, round(ttl_s * 1000))
                pipe.set(key, self._encode(loaded[key]), px=life_ms)
            await pipe.execute()
        except BaseException:
            # The next caller may try at once and not after lock_s. Whatever becomes of that (over
            # a cut link redis-py raises more than its own errors), the load's error comes out.
            with contextlib.suppress(Exception):
                await self._unlock(won)
            raise
        await self._unlock(won)
        return values | {key: loaded[key] for key in rest}

    async def _unlock(self, won: Mapping[str, str]) -> None:
        pipe = self._redis.pipeline(transaction=False)
        for key, token in won.items():
            pipe.eval(_RELEASE, 1, f"lock:{key}", token)
        await pipe.execute()
