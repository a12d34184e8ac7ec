"""A write and its invalidation while the same key is being loaded, thousands of times."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from benchmarks.orders.bench import Bench


async def read(bench: Bench, load_s: float, **race: Any) -> list[int]:
    """Ask for each key once, at a random time of its race; the numbers of those that failed."""
    bench.source.load_s = load_s
    return await _race(bench.side.get, **race)


async def write(bench: Bench, **race: Any) -> list[int]:
    """Write each key once, at a random time of its race, then invalidate it."""

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
    between_s: tuple[float, float],
) -> list[int]:
    """Race number n begins at `at_s` + n * `every_s`, for both sides; who acts when is random."""
    failed: list[int] = []

    async def run(place: int, key: str) -> None:
        start_s = at_s + place * every_s + random.uniform(*between_s)
        await asyncio.sleep(start_s - time.monotonic())
        try:
            await act(key)
        except Exception:  # noqa: BLE001 - whatever it is, that race did not take place
            failed.append(place)

    await asyncio.gather(*(run(place, key) for place, key in enumerate(keys)))
    return failed
