"""Fan-out by hand: workers that look when they are told, and tell what they pushed."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from service.jobs.fan_out import FanOut
from service.observing.metrics import Observer
from service.patterns.outbox import Relay, server_identity
from service.process import open_tools
from service.queries.outbox import FEEDS, OutboxRow, SqlOutbox
from service.settings import Settings
from service.strategies import plan_named
from service.strategies.caches import caches_of
from service.strategies.home_timelines import HomeTimelines

Before = Callable[[], Awaitable[object]]


async def at_once() -> None:
    """Nothing has to happen first."""


@dataclass
class Worker:
    """One worker; `before` is awaited before each round's work, `pushed` lists ids it pushed."""

    relay: Relay[OutboxRow]
    work: Callable[[Sequence[OutboxRow]], Awaitable[None]]
    pushed: list[int] = field(default_factory=list)
    before: Before = at_once

    async def look(self) -> int:
        """Rows done in one round."""
        return await self.relay.look()


class ToldTimelines(HomeTimelines):
    """Timelines, and a list of what was pushed."""

    pushed: list[int]

    async def push(self, reader_ids: Sequence[int], *post_ids: int) -> int:
        """Push, and tell."""
        found = await super().push(reader_ids, *post_ids)
        self.pushed += post_ids
        return found


@asynccontextmanager
async def working(
    database_url: str, redis_url: str, *, limit: int = 50, **settings: Any
) -> AsyncIterator[Worker]:
    """A worker, with connections of its own, that has seen its server: nothing is replayed."""
    wanted = Settings(DATABASE_URL=database_url, REDIS_URL=redis_url, **settings)
    plan = plan_named("layered")
    async with open_tools(wanted, plan, Observer(plan.name)) as tools:
        timelines = ToldTimelines(tools)
        work = FanOut(tools, timelines, caches_of(tools))

        async def apply(rows: Sequence[OutboxRow]) -> None:
            await worker.before()
            await work.apply(rows)

        relay = Relay(
            SqlOutbox(tools.engine, FEEDS),
            apply,
            identity=partial(server_identity, tools.redis),
            grace_s=0.0,
            back_s=0.0,
            limit=limit,
        )
        worker = Worker(relay, work.apply)
        timelines.pushed = worker.pushed
        await relay._replay.catch_up()
        worker.pushed.clear()
        yield worker
