"""dogpile-breaker 0.60: `cache_on_arguments` with the lock of 2 s of its README.

Without its circuit breaker, which is off by default. Retries are its own: three.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from dogpile_breaker import CacheRegion
from dogpile_breaker.backends.redis_backend import RedisStorageBackend

from loadtests.peers.sides.side import CONNECTIONS, POOL_WAIT_S, Load, Setup, Side, key_of

LOCK_S = 2


class DogpileBreaker:
    """One decorated function."""

    def __init__(self, region: Any, load: Load, fresh_s: int) -> None:
        async def read(post_id: int) -> bytes:
            return await load(post_id)

        self._read = region.cache_on_arguments(
            ttl_sec=fresh_s,
            lock_period_sec=LOCK_S,
            function_key_generator=lambda _function, post_id: key_of(post_id),
        )(read)

    async def read(self, post_id: int) -> bytes:
        """Through the decorator."""
        body: bytes = await self._read(post_id)
        return body


def _as_it_is(value: bytes) -> bytes:
    return value


@asynccontextmanager
async def opened(setup: Setup, load: Load) -> AsyncIterator[Side]:
    """One region."""
    url = urlsplit(setup.redis_url)
    region = CacheRegion(_as_it_is, _as_it_is, "posts", False)
    await region.configure(
        RedisStorageBackend,
        {
            "host": url.hostname,
            "port": url.port,
            "db": int(url.path.strip("/") or 0),
            "max_connections": CONNECTIONS,
            "timeout": POOL_WAIT_S,
        },
    )
    try:
        yield DogpileBreaker(region, load, setup.fresh_s)
    finally:
        await region.aclose()
