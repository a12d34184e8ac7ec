"""Many callers at one moment, for one key."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from benchmarks.orders.bench import Bench


async def herd(
    bench: Bench, key: str, count: int, load_s: float, at_s: float = 0.0, patience_s: float = 30.0
) -> dict[str, Any]:
    """Let `count` callers ask at `at_s` (monotonic, the same for all processes of a machine).

    Latencies run from `at_s`, whenever a caller really got its turn; that is `late_ms`.
    """
    source = bench.source
    source.load_s = load_s
    before = source.loads
    answer = await _volley(lambda: bench.side.get(key), count, at_s, patience_s)
    return answer | {"loads": source.loads - before}


async def sleepers(bench: Bench, count: int, load_s: float, at_s: float) -> dict[str, Any]:
    """The same callers without any cache: each only sleeps as long as a load takes."""
    assert bench.side is not None
    return await _volley(lambda: asyncio.sleep(load_s), count, at_s, 30.0)


class _Tally:
    """What became of the callers of one moment."""

    def __init__(self, at_s: float) -> None:
        self._at_s = at_s
        self.late_ms: list[float] = []
        self.took_ms: list[float] = []
        self.errors: Counter[str] = Counter()

    async def one(self, call: Callable[[], Awaitable[Any]]) -> None:
        """A caller."""
        self.late_ms.append(self._passed_ms())
        try:
            await call()
        except Exception as error:  # noqa: BLE001 - counted by its name
            self.errors[type(error).__name__] += 1
        else:
            self.took_ms.append(self._passed_ms())

    def _passed_ms(self) -> float:
        return round((time.monotonic() - self._at_s) * 1000, 3)


async def _volley(
    call: Callable[[], Awaitable[Any]], count: int, at_s: float, patience_s: float
) -> dict[str, Any]:
    if at_s:
        await asyncio.sleep(at_s - time.monotonic())
    else:
        at_s = time.monotonic()
    tally = _Tally(at_s)
    callers = [asyncio.create_task(tally.one(call)) for _ in range(count)]
    _, hung = await asyncio.wait(callers, timeout=patience_s)
    for caller in hung:
        caller.cancel()
    if hung:
        await asyncio.wait(hung, timeout=1.0)
    return {
        "at_s": at_s,
        "took_ms": sorted(tally.took_ms),
        "late_ms": max(tally.late_ms),
        "errors": tally.errors,
        "hung": len(hung),
    }
