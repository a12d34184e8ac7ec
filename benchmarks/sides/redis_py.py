"""Bare redis-py: GET, else load and SET. No coordination, no fence; its timeouts are the default's.

redis-py 8.1 waits 5 s for an answer and tries up to ten times more.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from redis.asyncio import BlockingConnectionPool, Redis

from benchmarks.sides.side import CONNECTIONS, POOL_WAIT_S, CannotDo, Setup, Side
from benchmarks.source import Source
from benchmarks.value import TTL_S, Value, decode, encode


class Bare:
    """Twelve lines that everybody has written."""

    def __init__(self, redis: Redis, source: Source) -> None:
        self._redis = redis
        self._source = source

    async def get(self, key: str) -> Value:
        """GET, else load and SET."""
        raw = await self._redis.get(key)
        if raw is not None:
            return decode(raw)  # type: ignore[arg-type]  # bytes: nothing is decoded by the client
        value = await self._source.load(key)
        await self._redis.set(key, encode(value), ex=TTL_S)
        return value

    async def get_many(self, keys: Sequence[str]) -> Mapping[str, Value]:
        """MGET, one load for the rest, one pipeline of SETs."""
        raws = await self._redis.mget(keys)
        pairs = zip(keys, raws, strict=True)
        found = {key: decode(raw) for key, raw in pairs if raw is not None}  # type: ignore[arg-type]
        loaded = await self._source.load_many([key for key in keys if key not in found])
        async with self._redis.pipeline(transaction=False) as pipeline:
            for key, value in loaded.items():
                pipeline.set(key, encode(value), ex=TTL_S)
            await pipeline.execute()
        return found | loaded

    async def near(self, key: str) -> Value:
        """Nothing is kept in the process."""
        raise CannotDo("no near cache for asyncio")

    async def invalidate(self, key: str) -> None:
        """DEL."""
        await self._redis.delete(key)


@asynccontextmanager
async def opened(setup: Setup, source: Source) -> AsyncIterator[Side]:
    """One client."""
    pool = BlockingConnectionPool.from_url(
        setup.url, max_connections=CONNECTIONS, timeout=POOL_WAIT_S
    )
    async with Redis.from_pool(pool) as redis:
        yield Bare(redis, source)
