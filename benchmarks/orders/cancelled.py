"""The caller who began a load goes away."""

import asyncio
from typing import Any

from benchmarks.orders.bench import Bench


async def cancelled(bench: Bench, key: str, followers: int, load_s: float) -> dict[str, Any]:
    """Cancel a leader half-way through its load; how many of its followers have no answer."""
    source = bench.source
    source.load_s = load_s
    before = source.loads
    leader = asyncio.create_task(_get(bench, key))
    while source.loads == before:  # noqa: ASYNC110 - the source has no event for one load
        await asyncio.sleep(0.001)
    others = [asyncio.create_task(_get(bench, key)) for _ in range(followers)]
    await asyncio.sleep(load_s / 2)
    leader.cancel()
    await asyncio.wait([leader, *others], timeout=10.0)
    failed = [task for task in others if not task.done() or task.cancelled() or task.exception()]
    for task in failed:
        task.cancel()
    return {"failed": len(failed), "loads": source.loads - before}


async def _get(bench: Bench, key: str) -> Any:
    return await bench.side.get(key)
