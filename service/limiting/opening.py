"""The limits of one process, with connections of their own.

They are prompt ones under every strategy: a cache that may hang for a strategy that shows what
that costs must not make its limits hang as well.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from service.limiting.limits import Limits, Network, Rates
from service.patterns.fail_open import Breaker, prompt_pool

CONNECTIONS = 8
# Longer than a cache's: who cannot be counted cannot sign in, and no page waits for a new
# connection but once.
CONNECT_S = 0.3
# A queue for these is our own load; refusing sign-ins for it would be a lie.
WAIT_S = 5.0
OPEN_S = (0.5, 2.5)


@asynccontextmanager
async def open_limits(
    redis_url: str, rates: Rates, unlimited: tuple[Network, ...], secret: bytes
) -> AsyncIterator[Limits]:
    """Limits that last as long as the block."""
    breaker = Breaker(open_s=OPEN_S)
    pool = prompt_pool(
        redis_url,
        breaker=breaker,
        connect_s=CONNECT_S,
        wait_s=WAIT_S,
        max_connections=CONNECTIONS,
    )
    async with Redis.from_pool(pool) as redis:
        yield Limits(redis, rates, unlimited, secret)
