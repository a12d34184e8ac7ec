"""Redis is gone, or accepts and never answers: a hundred requests, then some more."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from statistics import median
from typing import Any

from benchmarks.contenders import Contender
from benchmarks.crew import Worker
from benchmarks.lab import Lab, Row
from benchmarks.measures import Figures, Goal, Metric, Sample
from benchmarks.rows.herd import volley
from benchmarks.valkey import Valkey

REQUESTS, PROCESSES = 100, 2
LOAD_S = 0.02
LATER_S = 3.0

Fault = Callable[[Valkey], AbstractContextManager[None]]


async def measure(lab: Lab, contender: Contender, *, fault: Fault) -> Figures:
    """In each of two processes, whose connections are open when it happens."""
    async with lab.workers(contender, PROCESSES) as workers:
        each = {"count": REQUESTS, "load_s": LOAD_S, "patience_s": lab.sizes.outage_s}
        await volley(workers, "herd", key=f"{lab.name()}:{{1}}", **each)
        with fault(lab.cache):
            first = await volley(workers, "herd", key=f"{lab.name()}:{{1}}", **each)
            # Where nobody was answered by now, nobody will be in a shorter time.
            hangs = all(answer["hung"] == REQUESTS for answer in first)
            later = [] if hangs else await _later(lab, workers)
    return _figures(first, later, lab.sizes.outage_s)


async def _later(lab: Lab, workers: list[Worker]) -> list[dict[str, Any]]:
    work = {"count": lab.sizes.later, "load_s": LOAD_S, "patience_s": LATER_S}
    orders = (worker.ask("later", name=lab.name(), **work) for worker in workers)
    return list(await asyncio.gather(*orders))


def _figures(
    first: list[dict[str, Any]], later: list[dict[str, Any]], patience_s: float
) -> Figures:
    failed = sum(answer["hung"] + sum(answer["errors"].values()) for answer in first)
    figures: Figures = {
        "errors": Sample(failed, REQUESTS * PROCESSES),
        "loads": Sample(max(answer["loads"] for answer in first)),
    }
    took_ms = [took for answer in first for took in answer["took_ms"]]
    over_ms = sorted(over for answer in later for over in answer["over_ms"])
    nobody = "nobody was answered"
    if any(answer["hung"] for answer in first):
        figures["first"] = Sample(patience_s * 1000, bound=True)
    else:
        figures["first"] = Sample(max(took_ms) - LOAD_S * 1000) if took_ms else nobody
    if not later:
        over_ms = [LATER_S * 1000]
    figures["later"] = _of_later(median(over_ms)) if over_ms else nobody
    figures["latest"] = _of_later(over_ms[-1]) if over_ms else nobody
    return figures


def _of_later(over_ms: float) -> Sample:
    return Sample(over_ms, bound=over_ms >= LATER_S * 1000)


METRICS = (
    Metric("errors", "errors", "", Goal("at_most", 0), "sum"),
    Metric("loads", "loads per process", "", Goal("at_most", 1)),
    Metric("first", "first 100, slowest", "ms", Goal("at_most", 150)),
    Metric("later", "later 20, median", "ms", Goal("at_most", 5), digits=1),
    Metric("latest", "later 20, slowest", "ms", None, digits=1),
)
ROWS = (
    Row(
        "refused",
        "Redis refuses, 100 requests: times over the load",
        METRICS,
        partial(measure, fault=Valkey.gone),
    ),
    Row(
        "hung",
        "Redis hangs, 100 requests: times over the load",
        METRICS,
        partial(measure, fault=Valkey.frozen),
        # Most of the others only wait, each time for as long as we do.
        rounds_of_others=3,
    ),
)
