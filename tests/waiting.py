"""Waiting for what happens elsewhere: a stated condition, a bound, and an error that names it.

No test sleeps to pass. Who waits for a server, a process or a clock asks here until it is so.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

PAUSE_S = 0.005
PATIENCE_S = 20.0


async def until(met: Callable[[], Awaitable[object]], *, within_s: float = PATIENCE_S) -> None:
    """Return when a condition is met; AssertionError with its name when it never is."""
    try:
        async with asyncio.timeout(within_s) as deadline:
            while not await met():  # noqa: ASYNC110 - what is awaited happens elsewhere
                await asyncio.sleep(PAUSE_S)
    except TimeoutError:
        if not deadline.expired():
            raise  # the condition's own
        raise AssertionError(_never_came(met, within_s)) from None


def until_now(met: Callable[[], object], *, within_s: float = PATIENCE_S) -> None:
    """The same for who has no loop."""
    give_up_s = time.monotonic() + within_s
    while not met():
        assert time.monotonic() < give_up_s, _never_came(met, within_s)
        time.sleep(PAUSE_S)


def _never_came(met: Callable[[], object], within_s: float) -> str:
    said = getattr(met, "func", met)  # of a partial, what it calls
    return f"did not come within {within_s:g} s: {getattr(said, '__qualname__', said)}"
