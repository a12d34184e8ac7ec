"""Add counted views to their posts, every few seconds, in whatever process has the time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from service.jobs.ending import ended
from service.queries import views
from service.strategies.tools import Tools

PURGE_EVERY = 720  # flushes; of 5 s, an hour


class Flushes(Protocol):
    """Whoever counts views."""

    async def flush(self) -> None:
        """Write what is counted to the database."""


@asynccontextmanager
async def flushing_views(
    counted: Flushes, tools: Tools, *, every_s: float, observe: Callable[..., None]
) -> AsyncIterator[None]:
    """Flush for as long as the block. Several may: each batch is written by one, and once."""
    flushing = asyncio.create_task(_flush(counted, tools, every_s, observe), name="view flush")
    try:
        yield
    finally:
        await ended(flushing)


async def _flush(
    counted: Flushes, tools: Tools, every_s: float, observe: Callable[..., None]
) -> None:
    rounds = 0
    while True:
        await asyncio.sleep(every_s)
        try:
            await counted.flush()
            if rounds % PURGE_EVERY == 0:
                await views.purge(tools.engine)
            rounds += 1
        except Exception as error:  # noqa: BLE001 - the next round tries again, whatever it was
            observe("view_flush_failed", error=error)
