"""Corral's shelf, put together as `layered` does: flight -> fail open(lease) -> bulkhead -> load.

The variant `unfenced` takes the fence away: a late fill is stored whatever happened since.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from unittest.mock import patch

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from benchmarks.sides.side import CONNECTIONS, POOL_WAIT_S, Setup, Side
from benchmarks.source import Source
from benchmarks.value import TTL_S, Value, decode, encode
from service.patterns.auto_batch import AutoBatch
from service.patterns.bulkhead import Bulkhead, Overloaded
from service.patterns.fail_open import Breaker, FailOpen, prompt_pool
from service.patterns.lease import Lease, Wake, scripts
from service.patterns.near_cache import NearCache, Push
from service.patterns.single_flight import SingleFlight

_UNFENCED = """
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
redis.call('PUBLISH', ARGV[4], ARGV[5])
return 1
"""


class Corral:
    """The stack of one process; `near` asks the near cache first, as `layered` does for posts."""

    def __init__(
        self,
        source: Source,
        near: NearCache[Value],
        flight: SingleFlight[Value],
        shared: FailOpen[Value],
    ) -> None:
        self._source = source
        self._near = near
        self._flight = flight
        self._shared = shared
        self._bulkhead = Bulkhead()

    async def get(self, key: str) -> Value:
        """From the shared cache."""

        async def load() -> Value:
            return await self._bulkhead.get(key, lambda: self._source.load(key))

        return await self._flight.get(key, lambda: self._shared.get(key, load))

    async def get_many(self, keys: Sequence[str]) -> Mapping[str, Value]:
        """One look-up, one load, one pipeline of fills."""

        async def load(missing: Sequence[str]) -> Mapping[str, Value]:
            return await self._bulkhead.get_many(missing, self._source.load_many)

        async def shared(missing: Sequence[str]) -> Mapping[str, Value]:
            return await self._shared.get_many(missing, load)

        return await self._flight.get_many(keys, shared)

    async def near(self, key: str) -> Value:
        """From the process."""
        return await self._near.get(key, lambda: self.get(key))

    async def invalidate(self, key: str) -> None:
        """Shared first, then what is kept here."""
        try:
            await self._shared.invalidate(key)
        finally:
            await self._flight.invalidate(key)
            await self._near.invalidate(key)


@asynccontextmanager
async def opened(setup: Setup, source: Source) -> AsyncIterator[Side]:
    """The stack with its connections: two subscriptions beside the pool."""
    async with AsyncExitStack() as closing:
        if setup.variant == "unfenced":
            closing.enter_context(patch.object(scripts, "_FILL", _UNFENCED))
        breaker = Breaker()
        redis = await closing.enter_async_context(Redis.from_pool(_pool(setup, breaker)))
        listening = await closing.enter_async_context(_listening(setup))
        wake = await closing.enter_async_context(Wake(listening, channel="bench:lease"))
        push = await closing.enter_async_context(
            Push(listening, publisher=redis, channel="bench:near")
        )
        flight = SingleFlight[Value]()
        wake.on_drop(flight.forget)
        closing.push_async_callback(flight.aclose)
        lease = _lease(redis, wake, closing)
        near = NearCache[Value](
            push, life=lambda key, _: lease.fresh_for_s(key), size=lambda value: len(encode(value))
        )
        shared = FailOpen(lease, breaker, stale=lease.stale_copy, overloaded=(Overloaded,))
        yield Corral(source, near, flight, shared)


def _lease(redis: Redis, wake: Wake, closing: AsyncExitStack) -> Lease[Value]:
    batch = AutoBatch(redis)
    closing.push_async_callback(batch.aclose)
    lease = Lease[Value](
        redis,
        wake=wake,
        encode=encode,
        decode=decode,
        ttl=lambda _: TTL_S,
        reads=batch,
        stale_for_s=60.0,
    )
    closing.push_async_callback(lease.aclose)
    return lease


def _pool(setup: Setup, breaker: Breaker) -> BlockingConnectionPool:
    return prompt_pool(setup.url, breaker=breaker, max_connections=CONNECTIONS, wait_s=POOL_WAIT_S)


def _listening(setup: Setup) -> Redis:
    return Redis.from_url(
        setup.url, retry=Retry(NoBackoff(), 0), socket_connect_timeout=0.1, socket_timeout=0.5
    )
