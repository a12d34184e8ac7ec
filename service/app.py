"""The composition root: settings in, a service out. Only this file knows all the others."""

import gc
import hmac
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from sqlalchemy.exc import SQLAlchemyError

from service import __doc__ as description
from service.demo import accounts as demo_accounts
from service.feed.cursor import Cursors
from service.http import (
    admin,
    auth,
    comments,
    document,
    errors,
    feeds,
    leaderboards,
    listings,
    me,
    pages,
    posts,
    system,
    tags,
    users,
)
from service.http.bounds import Bounds
from service.http.deps import Feed
from service.http.direct import Direct
from service.http.every_answer import EveryAnswer
from service.http.limits import RateLimits
from service.http.tokens import Tokens
from service.jobs.fan_out import fanning_out
from service.jobs.notes import Notes
from service.jobs.purging import purging
from service.jobs.relaying import relaying_own
from service.jobs.view_flush import flushing_views
from service.limiting.limits import Rates
from service.limiting.opening import open_limits
from service.observing.metrics import Observer
from service.passwords import Passwords
from service.patterns.metering import CONTENT_TYPE, StatsD
from service.process import open_tools
from service.queries import engine as database
from service.queries.accounts import SqlAccounts
from service.queries.overlay import DatabaseOverlays
from service.queries.own_comments import DatabaseOwnComments
from service.queries.unit_of_work import Transactions
from service.settings import Settings
from service.strategies.caches import caches_of
from service.strategies.counted import counted
from service.strategies.given import plan_of
from service.strategies.invalidation import AfterCommitAndOutbox
from service.strategies.plan import Plan, Sink

# Objects more than were freed, and collections of the young before the older are looked at. Of a
# request hardly anything is left that counting references does not free: by Python's own numbers
# (700, 10, 10) collecting took 149 us of each, and 40 ms every few seconds; by these 12 us.
COLLECT_AFTER = 5_000, 10, 50


def make_app(settings: Settings) -> FastAPI:
    """The service for one process. Raises ValueError for what is not a plan or a StatsD agent."""
    plan = plan_of(settings.strategy, settings.plan, settings.set)
    observer = Observer(plan.name)
    sinks = [statsd(settings.statsd)] if settings.statsd else []
    app = FastAPIOffline(  # /docs with assets of our own: it works without internet
        title="Corral",
        description=description + document.SIGN_IN.format(password=demo_accounts.PASSWORD),
        version="0.1.0",
        redoc_url=None,
        generate_unique_id_function=document.operation_id,
        lifespan=partial(_running, settings=settings, plan=plan, observer=observer, sinks=sinks),
    )
    app.state.strategy = plan.name
    routers = (
        system.router, listings.router, posts.router, comments.router, users.router, feeds.router,
        pages.router, tags.router, leaderboards.router, auth.router, me.router,
    )  # fmt: skip
    app.add_middleware(Direct, routes=[route for each in routers for route in each.routes])
    app.add_middleware(Bounds)
    app.add_middleware(RateLimits)  # inside of what puts headers on every answer
    app.add_middleware(EveryAnswer, traces=observer)
    for router in routers:
        app.include_router(router)
    if settings.admin:
        app.include_router(admin.router)
    errors.add_error_handlers(app)
    document.describe(app)
    return app


def statsd(agent: str) -> StatsD:
    """Tells the agent at host:port. Raises ValueError."""
    host, _, port = agent.rpartition(":")
    try:
        return StatsD(host, int(port))
    except (OSError, OverflowError) as error:
        raise ValueError(f"CORRAL_STATSD: there is no agent at {agent}: {error}") from error


def known_passwords(settings: Settings) -> frozenset[str]:
    """Those that open no account: in production what was made for trying the service out."""
    return frozenset({demo_accounts.PASSWORD} if settings.environment == "production" else ())


@asynccontextmanager
async def _running(
    app: FastAPI, *, settings: Settings, plan: Plan, observer: Observer, sinks: Sequence[Sink]
) -> AsyncIterator[None]:
    async with AsyncExitStack() as closing:
        tools = await closing.enter_async_context(open_tools(settings, plan, observer, sinks))
        caches = caches_of(tools)
        notes = Notes(observer.event)
        announce = plan.invalidation(counted(caches, tools.metering, "write"))
        if isinstance(announce, AfterCommitAndOutbox):  # rows are written: they want a relay
            relay = relaying_own(announce, tools, caches, notes)
            announce = await closing.enter_async_context(relay)
            await closing.enter_async_context(fanning_out(tools, caches, notes))
        secret = settings.signing_secret()
        app.state.feed = Feed(
            pages=caches.pages,
            discussions=caches.pages.discussions,
            own_comments=DatabaseOwnComments(tools.engine),
            deleted=caches.deleted,
            site=caches.site,
            views=caches.views,
            listings=caches.listings,
            tags=caches.tags,
            people=caches.people,
            leaderboards=caches.leaderboards,
            overlays=DatabaseOverlays(tools.engine),
            cursors=Cursors(secret),
            tokens=Tokens(secret, ttl_s=settings.access_ttl_s),
            accounts=SqlAccounts(tools.engine),
            passwords=closing.enter_context(Passwords(refused=known_passwords(settings))),
            refresh_ttl_s=settings.refresh_ttl_s,
            transaction=Transactions(tools.engine, announce).begin,
            once_secret=hmac.digest(secret, b"once", "sha256"),
        )
        rates = Rates(settings.limit_reads, settings.limit_writes, settings.limit_sign_in)
        limits = app.state.limits = await closing.enter_async_context(
            open_limits(settings.redis_url, rates, settings.unlimited, secret)
        )
        await closing.enter_async_context(purging(tools, notes))
        await closing.enter_async_context(
            flushing_views(caches.views, every_s=settings.view_flush_s, observe=notes)
        )
        app.state.admin = admin.Admin(expire=tools.expire, counts=observer)
        metering = tools.metering
        app.state.metrics = metering and (lambda: metering.text() + limits.text(), CONTENT_TYPE)

        async def is_ready() -> bool:
            try:
                return await database.is_reachable(tools.engine)
            except (OSError, SQLAlchemyError):
                return False

        app.state.is_ready = is_ready
        # What start-up made lives as long as the process; without this each full collection
        # walks it again, which was four fifths of the p99 of a warm hit.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)
        yield
