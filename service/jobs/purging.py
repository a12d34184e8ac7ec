"""Throw away what has had its time, in batches, now and then."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

from service.jobs.ending import ended
from service.jobs.notes import Notes
from service.queries import views
from service.queries.idempotency import purge_keys
from service.strategies.tools import Tools

EVERY_S = 600.0
BATCH = 1000  # rows that one statement may hold locked


@asynccontextmanager
async def purging(
    tools: Tools,
    notes: Notes,
    *,
    every_s: float = EVERY_S,
    batch: int = BATCH,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    rand: Callable[[], float] = random.random,
) -> AsyncIterator[None]:
    """Purge idempotency keys and batches of views for as long as the block.

    Several processes do not hinder each other. The first time after a random part of `every_s`:
    they are often started together.
    """

    async def run() -> None:
        await sleep(every_s * rand())
        while True:
            try:
                await purge_all(partial(purge_keys, tools.engine), batch)
                await views.purge(tools.engine)
            except Exception as error:  # noqa: BLE001 - next time, whatever it was
                notes("purge_failed", error=error)
            await sleep(every_s)

    task = asyncio.create_task(run(), name="purging")
    try:
        yield
    finally:
        await ended(task)


async def purge_all(purge: Callable[[int], Awaitable[int]], batch: int = BATCH) -> None:
    """Batch after batch, until one is not full."""
    while await purge(batch) == batch:
        pass
