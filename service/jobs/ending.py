"""End a task that goes on for ever."""

import asyncio
from typing import Any

AGAIN_S = 1.0  # not sooner, or it would hit the rollback that the first cancellation caused


async def ended(task: "asyncio.Task[Any]") -> None:
    """Cancel it until it is done: on Python 3.11 a driver or a Redis command can lose one."""
    while not task.done():
        task.cancel()
        await asyncio.wait((task,), timeout=AGAIN_S)
