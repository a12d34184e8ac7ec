"""Redis is gone, or accepts and never answers: a hundred requests, then some more."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from benchmarks.contenders import Contender
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
            orders = [
                worker.ask(
                    "later", name=lab.name(), count=lab.sizes.later, load_s=LOAD_S,
                    patience_s=LATER_S,
                )
                for worker in workers
            ]  # fmt: skip
            later = await asyncio.gather(*orders)
    return _figures(first, later, lab.sizes.outage_s)


def _figures(
    first: list[dict[str, Any]], later: list[dict[str, Any]], patience_s: float
) -> Figures:
    failed = sum(answer["hung"] + sum(answer["errors"].values()) for answer in first)
    figures: Figures = {
        "errors": Sample(failed, REQUESTS * PROCESSES),
        "loads": Sample(max(answer["loads"] for answer in first)),
    }
    took_ms = [took for answer in first for took in answer["took_ms"]]
    if any(answer["hung"] for answer in first):
        took_ms.append(patience_s * 1000)
    over_ms = sorted(over for answer in later for over in answer["over_ms"])
    nobody = "nobody was answered"
    figures["first"] = Sample(max(took_ms) - LOAD_S * 1000) if took_ms else nobody
    figures["later"] = Sample(over_ms[len(over_ms) // 2]) if over_ms else nobody
    figures["latest"] = Sample(over_ms[-1]) if over_ms else nobody
    return figures


METRICS = (
    Metric("errors", "errors", "", Goal("at_most", 0), "sum"),
    Metric("loads", "loads per process", "", Goal("at_most", 1)),
    Metric("first", "slowest of the first 100, over the load", "ms", Goal("at_most", 150)),
    Metric("later", "later ones over the load, median", "ms", Goal("at_most", 5), digits=1),
    Metric("latest", "later ones over the load, slowest", "ms", None, digits=1),
)
ROWS = (
    Row("refused", "Redis refuses, 100 requests", METRICS, partial(measure, fault=Valkey.gone)),
    Row("hung", "Redis hangs, 100 requests", METRICS, partial(measure, fault=Valkey.frozen)),
)
