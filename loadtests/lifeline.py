"""For a run that must not go on when whoever started it has gone."""

import asyncio
import os
from collections.abc import Awaitable, Callable

POLL_S = 0.5


async def cancel_without(
    parent: int | None,
    task: asyncio.Task[object],
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Cancel `task`, which ends all that it started, once our parent is not `parent` any more.

    Without a `parent` to watch, never.
    """
    while parent is None or os.getppid() == parent:
        await sleep(POLL_S)
    task.cancel()
