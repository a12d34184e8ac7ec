"""cashews 7.6: the decorator, with `lock=True` or, as the variant `default`, without.

JSON in place of its default pickle: the same bytes for all. Timeouts are its own (1 s a command).
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from cashews import Cache

from benchmarks.sides.side import CONNECTIONS, Setup, Side
from benchmarks.source import Source
from benchmarks.value import TTL_S, Value


class Cashews:
    """A decorated function for Redis, one for memory."""

    def __init__(self, redis: Any, memory: Any, source: Source, *, lock: bool) -> None:
        self._redis = redis
        self._source = source
        self._read = redis(ttl=TTL_S, key="{key}", lock=lock)(self._load)
        self._read_near = memory(ttl=TTL_S, key="{key}")(self._load)

    async def get(self, key: str) -> Value:
        """Through the decorator."""
        value: Value = await self._read(key=key)
        return value

    async def get_many(self, keys: Sequence[str]) -> Mapping[str, Value]:
        """By its `get_many` and `set_many`: there is no get-or-load for many."""
        raws = await self._redis.get_many(*keys)
        found = {key: raw for key, raw in zip(keys, raws, strict=True) if raw is not None}
        loaded = await self._source.load_many([key for key in keys if key not in found])
        await self._redis.set_many(loaded, expire=TTL_S)
        return found | loaded

    async def near(self, key: str) -> Value:
        """Its backend in memory."""
        value: Value = await self._read_near(key=key)
        return value

    async def invalidate(self, key: str) -> None:
        """Its delete."""
        await self._redis.delete(key)

    async def _load(self, key: str) -> Value:
        return await self._source.load(key)


@asynccontextmanager
async def opened(setup: Setup, source: Source) -> AsyncIterator[Side]:
    """A cache in Redis and one in memory."""
    redis, memory = Cache(), Cache()
    redis.setup(setup.url, pickle_type="json", max_connections=CONNECTIONS)
    memory.setup("mem://")
    await redis.init()
    await memory.init()
    try:
        yield Cashews(redis, memory, source, lock=setup.variant != "default")
    finally:
        await redis.close()
        await memory.close()
