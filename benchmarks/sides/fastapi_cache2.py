"""fastapi-cache2 0.2: the decorator on a function; its JSON coder, on the redis-py 4.6 it asks for.

redis-py 4.6 has no timeout: who asks a server that hangs, hangs.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi_cache import FastAPICache
from fastapi_cache.backends.inmemory import InMemoryBackend
from fastapi_cache.backends.redis import RedisBackend
from fastapi_cache.decorator import cache
from redis.asyncio import BlockingConnectionPool, Redis

from benchmarks.sides.side import CONNECTIONS, POOL_WAIT_S, Setup, Side
from benchmarks.source import Source
from benchmarks.value import TTL_S, Value


class FastapiCache2:
    """One decorated function; which backend it uses is a setting of the process."""

    def __init__(self, redis: Any, source: Source) -> None:
        self._backend = RedisBackend(redis)
        self._memory = InMemoryBackend()

        async def load(key: str) -> Value:
            return await source.load(key)

        self._read = cache(expire=TTL_S, key_builder=_by_key)(load)
        self._use(self._backend)

    async def get(self, key: str) -> Value:
        """Through the decorator."""
        value: Value = await self._read(key)
        return value

    async def get_many(self, keys: Sequence[str]) -> Mapping[str, Value]:
        """It has nothing for many keys: one call for each, all at once."""
        values = await asyncio.gather(*(self.get(key) for key in keys))
        return dict(zip(keys, values, strict=True))

    async def near(self, key: str) -> Value:
        """Its backend in memory, from the first such call on."""
        if FastAPICache.get_backend() is not self._memory:
            self._use(self._memory)
        value: Value = await self._read(key)
        return value

    async def invalidate(self, key: str) -> None:
        """Its clear, of one key."""
        await self._backend.clear(key=key)

    @staticmethod
    def _use(backend: Any) -> None:
        FastAPICache.reset()
        FastAPICache.init(backend, prefix="", enable=True)


def _by_key(_function: Any, _namespace: str = "", *, args: Any, **_more: Any) -> str:
    return str(args[0])


@asynccontextmanager
async def opened(setup: Setup, source: Source) -> AsyncIterator[Side]:
    """One client."""
    pool: Any = BlockingConnectionPool.from_url(
        setup.url, max_connections=CONNECTIONS, timeout=POOL_WAIT_S
    )
    redis: Any = Redis(connection_pool=pool)
    try:
        yield FastapiCache2(redis, source)
    finally:
        await redis.close()
        await pool.disconnect()
