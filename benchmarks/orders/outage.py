"""One request after the other while the cache is away."""

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
        if started_s - begun_s > patience_s:
            break
        try:
            await bench.side.get(f"{name}:{{{number}}}")
        except Exception as error:  # noqa: BLE001 - counted by its name
            errors[type(error).__name__] += 1
        else:
            over_ms.append((time.perf_counter() - started_s - load_s) * 1000)
    return {"over_ms": over_ms, "errors": errors}
