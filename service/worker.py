"""What goes on beside the requests, without them: one event loop, until it is told to stop."""

import asyncio
import signal
import sys

import uvloop

from service.jobs.fan_out import fanning_out
from service.jobs.notes import Notes
from service.jobs.purging import purging
from service.jobs.relaying import relaying
from service.jobs.view_flush import flushing_views
from service.observing.metrics import Observer
from service.process import open_tools
from service.serving.silent_stores import silent_stores
from service.settings import Settings
from service.strategies import STRATEGIES
from service.strategies.caches import caches_of
from service.strategies.given import plan_of
from service.strategies.invalidation import has_outbox
from service.strategies.plan import Plan


def work(settings: Settings) -> None:
    """Work until SIGINT or SIGTERM. Raises ValueError for a strategy without an outbox."""
    plan = plan_of(settings.strategy, settings.plan, settings.set)
    if not has_outbox(plan.invalidation):
        those = ", ".join(
            each.name for each in STRATEGIES.values() if has_outbox(each.invalidation)
        )
        raise ValueError(
            f"{plan.name} writes no outbox, so a worker has nothing to do: try {those}"
        )
    uvloop.run(_work(settings, plan))


async def _work(settings: Settings, plan: Plan) -> None:
    for sentence in await silent_stores(settings):
        print(f"corral: {sentence}", file=sys.stderr, flush=True)
    observer = Observer(plan.name)
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    async with open_tools(settings, plan, observer) as tools:
        caches = caches_of(tools)
        notes = Notes(observer.event)
        async with (
            relaying(tools, caches, notes),
            fanning_out(tools, caches, notes),
            purging(tools, notes),
            flushing_views(caches.views, every_s=settings.view_flush_s, observe=notes),
        ):
            print(
                f"worker for {plan.name}: drops what writers could not, and pushes posts to "
                "feeds, from the outbox. Ctrl-C ends it.",
                flush=True,
            )
            await told.wait()
