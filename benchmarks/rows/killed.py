"""The process that loads is killed half-way; measured is when there is a value again."""

import asyncio
import contextlib
import time
from typing import Any

from benchmarks.contenders import Contender
from benchmarks.errors import BenchError
from benchmarks.lab import Lab, Row
from benchmarks.measures import Figures, Goal, Metric, Sample

LOAD_S = 0.5
KILL_AFTER_S = 0.25


async def measure(lab: Lab, contender: Contender) -> Figures:
    """One process loads and dies; one has asked before, one asks afterwards."""
    async with lab.workers(contender, 3) as (holder, waiter, newcomer):
        warm = {"key": f"{lab.name()}:{{1}}", "count": 1, "load_s": 0.01}
        for worker in (holder, waiter, newcomer):
            await worker.ask("herd", **warm)
        call: dict[str, Any] = {
            "key": f"{lab.name()}:{{1}}",
            "count": 1,
            "load_s": LOAD_S,
            "patience_s": lab.sizes.patience_s,
        }
        holding = asyncio.create_task(holder.ask("herd", **call))
        await holder.began(call["key"])
        waiting = asyncio.create_task(waiter.ask("herd", **call))
        await asyncio.sleep(KILL_AFTER_S)
        holder.kill()
        killed_s = time.monotonic()
        coming = asyncio.create_task(newcomer.ask("herd", **call))
        with contextlib.suppress(BenchError):
            await holding
        answers = await asyncio.gather(waiting, coming)
    over = [_over(answer, killed_s, call["patience_s"]) for answer in answers]
    return dict(zip(("waiter", "newcomer"), over, strict=True))


def _over(answer: dict[str, Any], killed_s: float, patience_s: float) -> Sample:
    if not answer["took_ms"]:
        return Sample(patience_s * 1000, bound=True)
    ended_s = answer["at_s"] + answer["took_ms"][0] / 1000
    return Sample((ended_s - killed_s - LOAD_S) * 1000)


ROW = Row(
    "killed",
    "Loader killed, 500 ms load: next value after that, over a load",
    (
        Metric("waiter", "for who waited", "ms", Goal("at_most", 1200)),
        Metric("newcomer", "for who comes", "ms", Goal("at_most", 1200)),
    ),
    measure,
)
