"""One request after the other while the cache is away."""

import asyncio
import time
from collections import Counter
from typing import Any

from benchmarks.orders.bench import Bench


async def later(
    bench: Bench, name: str, count: int, load_s: float, patience_s: float
) -> dict[str, Any]:
    """Ask for `count` cold keys in turn, for at most `patience_s`; what each took over its load."""
    bench.source.load_s = load_s
    over_ms: list[float] = []
    errors: Counter[str] = Counter()
    begun_s = time.perf_counter()
    for number in range(count):
        started_s = time.perf_counter()
        left_s = begun_s + patience_s - started_s
        if left_s <= 0:
            break
        call = asyncio.ensure_future(_get(bench, f"{name}:{{{number}}}"))
        # Not `wait_for`: a library that does not let itself be cancelled would keep us for ever.
        _, hung = await asyncio.wait([call], timeout=left_s)
        if hung:
            call.cancel()
            over_ms.append(patience_s * 1000)
            break
        try:
            call.result()
        except Exception as error:  # noqa: BLE001 - counted by its name
            errors[type(error).__name__] += 1
        else:
            over_ms.append((time.perf_counter() - started_s - load_s) * 1000)
    return {"over_ms": over_ms, "errors": errors}


async def _get(bench: Bench, key: str) -> Any:
    return await bench.side.get(key)
