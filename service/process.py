"""The connections of one process, and the tools that its caches are made with."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from service.keys import KINDS
from service.observing.metrics import Observer
from service.observing.timed import TimedBatch, TimedRedis
from service.patterns.bulkhead import Bulkhead
from service.patterns.fail_open import Breaker
from service.patterns.lease import Wake
from service.patterns.near_cache import Push
from service.queries import engine as database
from service.settings import Settings
from service.strategies.outage import FAILURES, OPEN_S
from service.strategies.plan import Plan, Sink
from service.strategies.shares import NAMED_SLOTS, SLOTS
from service.strategies.tools import Tools


@asynccontextmanager
async def open_tools(
    settings: Settings, plan: Plan, observer: Observer, sinks: Sequence[Sink] = ()
) -> AsyncIterator[Tools]:
    """What the caches of one process are made with: its connections, and one of each."""
    async with AsyncExitStack() as closing:
        engine = database.connect(
            settings.database_url, observer.statements, partial(observer.waits, "db")
        )
        closing.push_async_callback(engine.dispose)
        breaker = Breaker(failures=FAILURES, open_s=OPEN_S, observe=observer.event)
        pool = plan.on_error.pool(settings.redis_url, breaker)
        redis = await closing.enter_async_context(TimedRedis(pool, observer))
        # Subscriptions wait by design, and find out for themselves when the server is back. What
        # they bound is how long a start, and an end, waits for a server that hangs.
        listening = await closing.enter_async_context(
            Redis.from_url(
                settings.redis_url,
                retry=Retry(NoBackoff(), 0),
                socket_connect_timeout=0.1,
                socket_timeout=0.5,
            )
        )
        wake = await closing.enter_async_context(Wake(listening, channel="corral:lease"))
        push = await closing.enter_async_context(
            Push(listening, publisher=redis, channel="corral:near")
        )
        bulkhead = Bulkhead(SLOTS)
        tools = Tools(
            plan=plan,
            engine=engine,
            redis=redis,
            wake=wake,
            push=push,
            batch=TimedBatch(redis, observer),
            bulkhead=bulkhead,
            named=Bulkhead(NAMED_SLOTS, within=bulkhead),
            observer=observer,
            now=lambda: datetime.now(UTC),
            ttl_scale=settings.ttl_scale,
            points=settings.points,
            breaker=breaker,
            metering=plan.metering(list(KINDS), sinks),
            push_below=plan.fan_out(settings.push_below),
        )
        closing.push_async_callback(tools.aclose)
        yield tools
