"""aiocache 0.12: `cached_stampede` with its default lease of 2 s, or, as `plain`, `cached`.

Its JSON serializer; an operation may take 5 s, its default.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiocache import Cache, cached, cached_stampede, multi_cached
from aiocache.serializers import JsonSerializer
from redis.asyncio import BlockingConnectionPool

from benchmarks.sides.side import CONNECTIONS, POOL_WAIT_S, Setup, Side
from benchmarks.source import Source
from benchmarks.value import TTL_S, Value


class Aiocache:
    """Decorated functions: one key, many keys, memory."""

    def __init__(self, options: dict[str, Any], source: Source, *, is_plain: bool) -> None:
        self._source = source

        async def load(key: str) -> Value:
            return await source.load(key)

        async def load_many(keys: Sequence[str]) -> dict[str, Value]:
            return await source.load_many(keys)

        decorator = cached if is_plain else cached_stampede
        by_key: dict[str, Any] = {"ttl": TTL_S, "key_builder": lambda _function, key: key}
        self._read = decorator(cache=Cache.REDIS, **by_key, **options)(load)
        self._read_near = cached(cache=Cache.MEMORY, **by_key)(load)
        self._read_many = multi_cached("keys", cache=Cache.REDIS, ttl=TTL_S, **options)(load_many)

    async def get(self, key: str) -> Value:
        """Through the decorator."""
        value: Value = await self._read(key)
        return value

    async def get_many(self, keys: Sequence[str]) -> Mapping[str, Value]:
        """Through its decorator for many, which has no lock."""
        values: Mapping[str, Value] = await self._read_many(keys=list(keys))
        return values

    async def near(self, key: str) -> Value:
        """Its backend in memory."""
        value: Value = await self._read_near(key)
        return value

    async def invalidate(self, key: str) -> None:
        """Its delete."""
        await self._read.cache.delete(key)

    async def aclose(self) -> None:
        """Close its caches."""
        for read in (self._read, self._read_many):
            await read.cache.close()


@asynccontextmanager
async def opened(setup: Setup, source: Source) -> AsyncIterator[Side]:
    """Caches of their own for each decorator, as its documentation has it."""
    options: dict[str, Any] = {
        "endpoint": setup.host,
        "port": setup.port,
        "serializer": JsonSerializer(),
        "pool_max_size": CONNECTIONS,
        "connection_pool_class": BlockingConnectionPool,
        "connection_pool_kwargs": {"timeout": POOL_WAIT_S},
    }
    side = Aiocache(options, source, is_plain=setup.variant == "plain")
    try:
        yield side
    finally:
        await side.aclose()
