"""What many requests cost the service, in words."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from scripts.raw_http import Request, percentile
from scripts.served import Served

REQUESTS = 10_000  # enough that the clock of a process, 10 ms a tick, tells what each cost
CONNECTIONS = 4  # enough that the service always has one, few enough that none waits long


async def cost_of(served: Served, request: Callable[[], Request], times: int = REQUESTS) -> str:
    """Send as many, a few at once, as fast as they go: what they were told, and what each cost."""
    told: Counter[int] = Counter()
    took_s: list[float] = []

    async def one_after_the_other() -> None:
        for _ in range(times // CONNECTIONS):
            began_s = time.monotonic()
            told[(await served.pool.ask(*request()))[0]] += 1
            took_s.append(time.monotonic() - began_s)

    worked_s, began_s = served.worked_s(), time.monotonic()
    await asyncio.gather(*(one_after_the_other() for _ in range(CONNECTIONS)))
    spent_s = time.monotonic() - began_s
    return (
        f"{shown(told)}; {times / spent_s:,.0f} a second, p99 {p99_ms(took_s)} ms, "
        f"{(served.worked_s() - worked_s) / times * 1000:.2f} ms of CPU each"
    )


def p99_ms(took_s: Sequence[float]) -> str:
    """The 99th percentile of some times, in milliseconds."""
    return f"{percentile(took_s, 99) * 1000:,.0f}"


def shown(told: Mapping[int, int]) -> str:
    """How often each status was answered."""
    return ", ".join(f"{status}: {times:,}" for status, times in sorted(told.items()))
