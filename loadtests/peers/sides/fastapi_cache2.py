"""fastapi-cache2 0.2: its decorator and its Redis backend, with a coder that keeps bytes as bytes.

On Corral's redis-py: what its `[redis]` extra asks for is older than redis-py 5.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi_cache import FastAPICache
from fastapi_cache.backends.redis import RedisBackend
from fastapi_cache.coder import Coder
from fastapi_cache.decorator import cache
from redis.asyncio import BlockingConnectionPool, Redis

from loadtests.peers.sides.side import CONNECTIONS, POOL_WAIT_S, Load, Setup, Side, key_of


class Bytes(Coder):  # type: ignore[misc]  # it has no types here
    """Nothing to encode."""

    @classmethod
    def encode(cls, value: Any) -> bytes:
        """As it is."""
        return bytes(value)

    @classmethod
    def decode(cls, value: bytes) -> Any:
        """As it is."""
        return value


class FastapiCache2:
    """One decorated function."""

    def __init__(self, load: Load, fresh_s: int) -> None:
        async def read(post_id: int) -> bytes:
            return await load(post_id)

        self._read = cache(expire=fresh_s, coder=Bytes, key_builder=_by_id)(read)

    async def read(self, post_id: int) -> bytes:
        """Through the decorator."""
        body: bytes = await self._read(post_id)
        return body


def _by_id(_function: Any, _namespace: str = "", *, args: Any, **_more: Any) -> str:
    return key_of(args[0])


@asynccontextmanager
async def opened(setup: Setup, load: Load) -> AsyncIterator[Side]:
    """One client."""
    pool = BlockingConnectionPool.from_url(
        setup.redis_url, max_connections=CONNECTIONS, timeout=POOL_WAIT_S
    )
    async with Redis.from_pool(pool) as redis:
        FastAPICache.init(RedisBackend(redis), prefix="")
        yield FastapiCache2(load, setup.fresh_s)
