"""Add counted views to their posts, every few seconds, in whatever process has the time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from service.jobs.ending import ended


class Flushes(Protocol):
    """Whoever counts views."""

    async def flush(self) -> None:
        """Write what is counted to the database."""


@asynccontextmanager
async def flushing_views(
    counted: Flushes, *, every_s: float, observe: Callable[..., None]
) -> AsyncIterator[None]:
    """Flush for as long as the block. Several may: each batch is written by one, and once."""
    flushing = asyncio.create_task(_flush(counted, every_s, observe), name="view flush")
    try:
        yield
    finally:
        await ended(flushing)


async def _flush(counted: Flushes, every_s: float, observe: Callable[..., None]) -> None:
    while True:
        await asyncio.sleep(every_s)
        try:
            await counted.flush()
        except Exception as error:  # noqa: BLE001 - the next round tries again, whatever it was
            observe("view_flush_failed", error=error)
