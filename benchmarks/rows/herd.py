"""A thousand callers at one moment for one key that nobody has, over several processes."""

import asyncio
import time
from functools import partial
from typing import Any

from benchmarks.contenders import CORRAL, Contender
from benchmarks.crew import Worker
from benchmarks.lab import Lab, Row
from benchmarks.measures import Figures, Goal, Metric, Sample, quantile

AHEAD_S = 0.1  # between the order and the moment, so that all processes have heard of it
WARM_LOAD_S = 0.02


async def measure(lab: Lab, contender: Contender, *, processes: int, load_s: float) -> Figures:
    """One herd, after one for another key that opens the connections."""
    async with lab.workers(contender, processes) as workers:
        each = lab.sizes.herd // processes
        await volley(workers, "herd", key=f"{lab.name()}:{{1}}", count=each, load_s=WARM_LOAD_S)
        before = lab.cache.commands()
        key = f"{lab.name()}:{{1}}"
        answers = await volley(workers, "herd", key=key, count=each, load_s=load_s)
        commands = lab.cache.commands() - before - 1  # asking is one, too
        floor = None
        if contender is CORRAL:
            floor = await volley(workers, "sleepers", count=each, load_s=load_s)
    lab.late_ms = max(lab.late_ms, *(answer["late_ms"] for answer in answers))
    figures = _figures(answers, load_s)
    figures["commands"] = Sample(commands)
    if floor is not None:
        figures["floor"] = Sample(_p99_ms(floor) - load_s * 1000)
    return figures


async def volley(workers: list[Worker], order: str, **details: Any) -> list[dict[str, Any]]:
    """Give all processes the same order for the same moment."""
    at_s = time.monotonic() + AHEAD_S
    orders = (worker.ask(order, at_s=at_s, **details) for worker in workers)
    return list(await asyncio.gather(*orders))


def _figures(answers: list[dict[str, Any]], load_s: float) -> Figures:
    loads = sum(answer["loads"] for answer in answers)
    failed = sum(answer["hung"] + sum(answer["errors"].values()) for answer in answers)
    p99_ms = _p99_ms(answers)
    return {
        "one_load": Sample(int(loads == 1), 1),
        "loads": Sample(loads),
        "errors": Sample(failed),
        "p99": Sample(p99_ms),
        "over": Sample(p99_ms - load_s * 1000),
    }


def _p99_ms(answers: list[dict[str, Any]]) -> float:
    return quantile(sorted(took for answer in answers for took in answer["took_ms"]), 0.99)


COUNTS = (
    Metric("one_load", "rounds with one load", "", Goal("all"), "sum"),
    Metric("loads", "loads"),
    Metric("errors", "without an answer", "", Goal("at_most", 0), "sum"),
)
FLOOR = Metric("floor", "p99, only sleeping", "ms")
ROWS = (
    Row(
        "herd_500",
        "Herd of 1,000 in 4 processes, 500 ms load",
        (
            *COUNTS,
            Metric("over", "p99 over the load", "ms", Goal("at_most", 40)),
            FLOOR,
            Metric("commands", "Redis commands", "", Goal("at_most", 60)),
        ),
        partial(measure, processes=4, load_s=0.5),
        repeats=lambda sizes: sizes.herds,
    ),
    Row(
        "herd_50",
        "Herd of 1,000 in 8 processes, 50 ms load",
        (
            *COUNTS,
            Metric("p99", "p99", "ms", Goal("at_most", 75)),
            FLOOR,
            Metric("commands", "Redis commands"),
        ),
        partial(measure, processes=8, load_s=0.05),
        repeats=lambda sizes: sizes.herds,
    ),
)
