"""Corral's `layered`, as a reader would put it together from copies of the patterns.

near cache -> single flight -> fail open(lease) -> bulkhead -> load, with the numbers that
`service/strategies` has for posts. The variant `far` leaves the near cache out.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from loadtests.peers.sides.side import (
    CONNECTIONS,
    POOL_WAIT_S,
    Load,
    NoSuchPost,
    Setup,
    Side,
)
from service.patterns.auto_batch import AutoBatch
from service.patterns.bulkhead import Bulkhead, Overloaded
from service.patterns.early_expiration import EarlyExpiration
from service.patterns.fail_open import Breaker, FailOpen, prompt_pool
from service.patterns.lease import Lease, Wake
from service.patterns.near_cache import NearCache, Push
from service.patterns.negative import ABSENT, Absent, absence_codec, absence_ttl
from service.patterns.single_flight import SingleFlight
from service.patterns.ttl import fixed, jittered

Body = bytes | Absent
JITTER = 0.1
SLOTS = 8
STALE_FOR_S = 60.0


class Shared:
    """What stands behind the near cache."""

    def __init__(
        self, load: Load, flight: SingleFlight[Body], shared: FailOpen[Body], limit: Bulkhead
    ) -> None:
        self._load = load
        self._flight = flight
        self._shared = shared
        self._limit = limit

    async def get(self, key: str, post_id: int) -> Body:
        """From the shared cache, else loaded."""

        async def load() -> Body:
            try:
                return await self._load(post_id)
            except NoSuchPost:
                return ABSENT

        async def limited() -> Body:
            return await self._limit.get(key, load)

        return await self._flight.get(key, lambda: self._shared.get(key, limited))


class Far:
    """The stack without its near cache."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    async def read(self, post_id: int) -> bytes:
        """Ask what all processes share."""
        return _present(await self._shared.get(_key(post_id), post_id), post_id)


class Near:
    """The whole stack."""

    def __init__(self, near: NearCache[Body], shared: Shared) -> None:
        self._near = near
        self._shared = shared

    async def read(self, post_id: int) -> bytes:
        """Ask this process first."""
        key = _key(post_id)
        found = await self._near.get(key, lambda: self._shared.get(key, post_id))
        return _present(found, post_id)


def _key(post_id: int) -> str:
    return f"post:{{{post_id}}}"  # the braces keep a value and its lease in one cluster slot


def _present(found: Body, post_id: int) -> bytes:
    if isinstance(found, Absent):
        raise NoSuchPost(post_id)
    return found


@asynccontextmanager
async def opened(setup: Setup, load: Load) -> AsyncIterator[Side]:
    """The stack with its connections: two subscriptions beside the pool."""
    async with AsyncExitStack() as closing:
        breaker = Breaker(failures=20, open_s=(0.5, 2.5))
        pool = prompt_pool(
            setup.redis_url, breaker=breaker, max_connections=CONNECTIONS, wait_s=POOL_WAIT_S
        )
        redis = await closing.enter_async_context(Redis.from_pool(pool))
        listening = await closing.enter_async_context(_listening(setup))
        wake = await closing.enter_async_context(Wake(listening, channel="peers:lease"))
        flight = SingleFlight[Body]()
        wake.on_drop(flight.forget)
        closing.push_async_callback(flight.aclose)
        lease = _lease(setup, redis, wake, closing)
        outage = FailOpen(lease, breaker, stale=lease.stale_copy, overloaded=(Overloaded,))
        shared = Shared(load, flight, outage, Bulkhead(SLOTS))
        if setup.variant == "far":
            yield Far(shared)
            return
        push = await closing.enter_async_context(
            Push(listening, publisher=redis, channel="peers:near")
        )
        near = NearCache[Body](push, life=lambda key, _: lease.fresh_for_s(key), size=_size)
        wake.on_drop(near.forget)
        yield Near(near, shared)


def _lease(setup: Setup, redis: Redis, wake: Wake, closing: AsyncExitStack) -> Lease[Body]:
    batch = AutoBatch(redis)
    closing.push_async_callback(batch.aclose)
    encode, decode = absence_codec(bytes, bytes)
    fresh = jittered(fixed(setup.fresh_s), JITTER)
    lease = Lease[Body](
        redis,
        wake=wake,
        encode=encode,
        decode=decode,
        ttl=absence_ttl(jittered(fixed(setup.kept_s), JITTER)),
        fresh=absence_ttl(fresh),
        refresh_due=EarlyExpiration(),
        reads=batch,
        stale_for_s=STALE_FOR_S,
    )
    closing.push_async_callback(lease.aclose)
    return lease


def _listening(setup: Setup) -> Redis:
    return Redis.from_url(
        setup.redis_url, retry=Retry(NoBackoff(), 0), socket_connect_timeout=0.1, socket_timeout=0.5
    )


def _size(body: Body) -> int:
    return 0 if isinstance(body, Absent) else len(body)
