"""A write and its invalidation while the same key is being loaded, thousands of times."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from benchmarks.orders.bench import Bench


async def read(bench: Bench, load_s: float, **race: Any) -> dict[str, int]:
    """Ask for each key once, at a random time in its race; a load takes up to `load_s`."""
    bench.source.load_s, bench.source.is_random = load_s, True
    return await _race(bench.side.get, **race)


async def write(bench: Bench, **race: Any) -> dict[str, int]:
    """Write each key once, at a random time in its race, then invalidate it."""

    async def change(key: str) -> None:
        await bench.source.write(key)
        await bench.side.invalidate(key)

    return await _race(change, **race)


async def stale(bench: Bench, keys: Sequence[str]) -> int:
    """How many keys are served older than the database has them, long after every write."""
    bench.source.load_s = 0.0
    written = await bench.source.versions(keys)
    old = 0
    for key in keys:
        old += (await bench.side.get(key))["version"] < written[key]
    return old


async def _race(
    act: Callable[[str], Awaitable[Any]],
    keys: Sequence[str],
    at_s: float,
    every_s: float,
    within_s: float,
) -> dict[str, int]:
    """Race number n begins at `at_s` + n * `every_s`; both sides are given the same times."""
    errors: Counter[str] = Counter()

    async def run(place: int, key: str) -> None:
        start_s = at_s + place * every_s + random.uniform(0, within_s)
        await asyncio.sleep(start_s - time.monotonic())
        try:
            await act(key)
        except Exception as error:  # noqa: BLE001 - counted by its name
            errors[type(error).__name__] += 1

    await asyncio.gather(*(run(place, key) for place, key in enumerate(keys)))
    return errors
