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


async def _volley(
    call: Callable[[], Awaitable[Any]], count: int, at_s: float, patience_s: float
) -> dict[str, Any]:
    if at_s:
        await asyncio.sleep(at_s - time.monotonic())
    else:
        at_s = time.monotonic()
    late_ms: list[float] = []
    took_ms: list[float] = []
    errors: Counter[str] = Counter()

    async def one() -> None:
        late_ms.append((time.monotonic() - at_s) * 1000)
        try:
            await call()
        except Exception as error:  # noqa: BLE001 - counted by its name
            errors[type(error).__name__] += 1
        else:
            took_ms.append(round((time.monotonic() - at_s) * 1000, 3))

    callers = [asyncio.create_task(one()) for _ in range(count)]
    _, hung = await asyncio.wait(callers, timeout=patience_s)
    for caller in hung:
        caller.cancel()
    if hung:
        await asyncio.wait(hung, timeout=1.0)
    return {
        "at_s": at_s,
        "took_ms": sorted(took_ms),
        "late_ms": max(late_ms),
        "errors": errors,
        "hung": len(hung),
    }
