"""Bare redis-py: GET, else load and SET. An error of the cache is a miss, as most people write it.

250 ms for a connection and for an answer, and no retries: its own defaults, 5 s and ten retries,
are nobody's choice for a cache.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from loadtests.peers.sides.side import CONNECTIONS, POOL_WAIT_S, Load, Setup, Side, key_of

TIMEOUT_S = 0.25


class Bare:
    """A dozen lines that everybody has written."""

    def __init__(self, redis: Redis, load: Load, fresh_s: int) -> None:
        self._redis = redis
        self._load = load
        self._fresh_s = fresh_s

    async def read(self, post_id: int) -> bytes:
        """GET, else load and SET."""
        key = key_of(post_id)
        with suppress(RedisError):
            raw: bytes | None = await self._redis.get(key)  # type: ignore[assignment]
            if raw is not None:
                return raw
        body = await self._load(post_id)
        with suppress(RedisError):
            await self._redis.set(key, body, ex=self._fresh_s)
        return body


@asynccontextmanager
async def opened(setup: Setup, load: Load) -> AsyncIterator[Side]:
    """One client."""
    pool = BlockingConnectionPool.from_url(
        setup.redis_url,
        max_connections=CONNECTIONS,
        timeout=POOL_WAIT_S,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )
    async with Redis.from_pool(pool) as redis:
        yield Bare(redis, load, setup.fresh_s)
