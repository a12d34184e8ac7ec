"""aiocache 0.12: `cached_stampede` with its default lease of 2 s, and bytes kept as bytes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from aiocache import Cache, cached_stampede
from aiocache.serializers import NullSerializer
from redis.asyncio import BlockingConnectionPool

from loadtests.peers.sides.side import CONNECTIONS, POOL_WAIT_S, Load, Setup, Side, key_of


class Aiocache:
    """One decorated function."""

    def __init__(self, setup: Setup, load: Load) -> None:
        url = urlsplit(setup.redis_url)

        async def read(post_id: int) -> bytes:
            return await load(post_id)

        self._read = cached_stampede(
            cache=Cache.REDIS,
            ttl=setup.fresh_s,
            key_builder=lambda _function, post_id: key_of(post_id),
            serializer=NullSerializer(encoding=None),
            endpoint=url.hostname,
            port=url.port,
            db=int(url.path.strip("/") or 0),
            pool_max_size=CONNECTIONS,
            connection_pool_class=BlockingConnectionPool,
            connection_pool_kwargs={"timeout": POOL_WAIT_S},
        )(read)

    async def read(self, post_id: int) -> bytes:
        """Through the decorator."""
        body: bytes = await self._read(post_id)
        return body

    async def aclose(self) -> None:
        """Close its connections."""
        await self._read.cache.close()


@asynccontextmanager
async def opened(setup: Setup, load: Load) -> AsyncIterator[Side]:
    """One cache."""
    side = Aiocache(setup, load)
    try:
        yield side
    finally:
        await side.aclose()
