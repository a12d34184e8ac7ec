"""The stack of one process, as `layered` builds it, and the wrong piece for each right one."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import asyncpg
import msgspec
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from service.keys import Kind
from service.observing.metrics import Observer
from service.patterns.auto_batch import AutoBatch
from service.patterns.bulkhead import Bulkhead
from service.patterns.cache_aside import CacheAside
from service.patterns.fail_open import Breaker, FailOpen, prompt_pool
from service.patterns.lease import Lease, Wake
from service.patterns.near_cache import NearCache, Push
from service.patterns.outbox import Relay, Table, server_identity
from service.patterns.single_flight import SingleFlight
from service.strategies.layers import Layer, Passthrough
from service.strategies.outage import FAILURES, OPEN_S
from service.strategies.stack import Stack
from tests.faults.items import Item
from tests.faults.mutants import BareFlight, TrustingPush, unfenced
from tests.faults.rig import Rig, Setup


@asynccontextmanager
async def opened(setup: Setup) -> AsyncIterator[Rig]:
    """A stack whose connections and tasks last as long as the block."""
    async with AsyncExitStack() as closing:
        database = await closing.enter_async_context(
            asyncpg.create_pool(setup.database_url, min_size=1, max_size=12, reset=_keep)
        )
        rig = Rig(setup, database)
        breaker = Breaker(failures=FAILURES, open_s=OPEN_S, observe=rig.observe)
        redis = await closing.enter_async_context(_commands(setup, breaker))
        # Subscriptions wait by design, and find out for themselves when the server is back.
        links = await closing.enter_async_context(
            _client(setup.push_url, socket_connect_timeout=0.1, socket_timeout=0.5)
        )
        wake = await closing.enter_async_context(
            Wake(links, channel=f"{setup.space}:lease", observe=rig.observe)
        )
        push_class = TrustingPush if setup.near == "trusting" else Push
        push = await closing.enter_async_context(
            push_class(
                links,
                publisher=redis,
                channel=f"{setup.space}:near",
                trust_s=setup.trust_s,
                observe=rig.observe,
            )
        )
        if setup.shared == "unfenced":
            closing.enter_context(unfenced())
        shared = _shared(rig, redis, wake, closing)
        rig.stack = Stack(
            kind=Kind("item", f"{setup.space}:{{{{{{}}}}}}", "a row"),
            near=_near(rig, push, shared),
            flight=_flight(setup, wake, closing),
            shared=_guarded(rig, shared, breaker),
            limit=Bulkhead(setup.loads_at_once, observe=rig.observe),
            absence=lambda item: item,
            observer=Observer("faults"),
        )
        if setup.net == "outbox":
            await _relay(rig, Table(database), redis, closing)
        yield rig


async def _keep(_: asyncpg.Connection) -> None:
    """Nothing to reset: no statement here leaves a trace in its session."""


def _commands(setup: Setup, breaker: Breaker) -> Redis:
    if setup.guard == "none":
        return _client(setup.redis_url)
    return Redis.from_pool(prompt_pool(setup.redis_url, breaker=breaker))


def _client(url: str, **limits: float) -> Redis:
    pool = BlockingConnectionPool.from_url(
        url, max_connections=64, timeout=20, retry=Retry(NoBackoff(), 0), **limits
    )
    return Redis.from_pool(pool)


async def _relay(rig: Rig, table: Table, redis: Redis, closing: AsyncExitStack) -> None:
    await closing.enter_async_context(rig.settling.by(table.settle))
    relay = Relay(table, rig.drop, identity=lambda: server_identity(redis), observe=rig.observe)
    await closing.enter_async_context(relay)


def _guarded(rig: Rig, shared: Layer[Item], breaker: Breaker) -> Layer[Item]:
    if rig.setup.guard == "none":
        return shared
    return FailOpen(shared, breaker, observe=rig.observe)


def _near(rig: Rig, push: Push, shared: Layer[Item]) -> Layer[Item]:
    if rig.setup.near == "none" or not isinstance(shared, Lease):
        return Passthrough()
    lease: Lease[Item] = shared
    return NearCache(
        push,
        life=lambda key, _: lease.fresh_for_s(key),
        size=lambda item: len(item.body),
        untrusted_s=60.0 if rig.setup.near == "trusting" else 2.0,
    )


def _flight(setup: Setup, wake: Wake, closing: AsyncExitStack) -> Layer[Item]:
    if setup.flight != "single":
        return BareFlight() if setup.flight == "bare" else Passthrough()
    flight = SingleFlight[Item]()
    wake.on_drop(flight.forget)
    closing.push_async_callback(flight.aclose)
    return flight


def _shared(rig: Rig, redis: Redis, wake: Wake, closing: AsyncExitStack) -> Layer[Item]:
    setup = rig.setup
    codec: Mapping[str, Any] = {
        "encode": msgspec.json.encode,
        "decode": msgspec.json.Decoder(Item).decode,
        "ttl": lambda _: setup.ttl_s,
        "observe": rig.observe,
    }
    if setup.shared == "cache_aside":
        return CacheAside(redis, **codec)
    batch = AutoBatch(redis)
    closing.push_async_callback(batch.aclose)
    lease = Lease[Item](
        redis, wake=wake, reads=batch, lease_s=setup.lease_s, wait_s=setup.wait_s, **codec
    )
    closing.push_async_callback(lease.aclose)
    return lease
