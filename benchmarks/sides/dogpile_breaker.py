"""dogpile-breaker 0.60: `cache_on_arguments` with the lock of 2 s of its README.

Without its circuit breaker, which is off by default. Retries are its own: three.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from dogpile_breaker import CacheRegion
from dogpile_breaker.backends.memory_backend import MemoryBackendLRU
from dogpile_breaker.backends.redis_backend import RedisStorageBackend

from benchmarks.sides.side import CONNECTIONS, POOL_WAIT_S, Setup, Side
from benchmarks.source import Source
from benchmarks.value import TTL_S, Value, decode, encode

LOCK_S = 2


class DogpileBreaker:
    """A decorated function for Redis, one for memory."""

    def __init__(self, redis: Any, memory: Any, source: Source) -> None:
        self._redis = redis

        async def load(key: str) -> Value:
            return await source.load(key)

        by_key: dict[str, Any] = {
            "ttl_sec": TTL_S,
            "lock_period_sec": LOCK_S,
            "function_key_generator": lambda _function, key: key,
        }
        self._read = redis.cache_on_arguments(**by_key)(load)
        self._read_near = memory.cache_on_arguments(**by_key)(load)

    async def get(self, key: str) -> Value:
        """Through the decorator."""
        value: Value = await self._read(key)
        return value

    async def get_many(self, keys: Sequence[str]) -> Mapping[str, Value]:
        """It has nothing for many keys: one call for each, all at once."""
        values = await asyncio.gather(*(self.get(key) for key in keys))
        return dict(zip(keys, values, strict=True))

    async def near(self, key: str) -> Value:
        """Its backend in memory."""
        value: Value = await self._read_near(key)
        return value

    async def invalidate(self, key: str) -> None:
        """Its backend's delete."""
        await self._redis.backend_storage.delete(key)


@asynccontextmanager
async def opened(setup: Setup, source: Source) -> AsyncIterator[Side]:
    """A region in Redis and one in memory."""
    redis, memory = (CacheRegion(encode, decode, name, False) for name in ("redis", "memory"))
    await redis.configure(
        RedisStorageBackend,
        {
            "host": setup.host,
            "port": setup.port,
            "max_connections": CONNECTIONS,
            "timeout": POOL_WAIT_S,
        },
    )
    await memory.configure(MemoryBackendLRU, {})
    try:
        yield DogpileBreaker(redis, memory, source)
    finally:
        await redis.aclose()
        await memory.aclose()
