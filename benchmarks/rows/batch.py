"""Fifty keys at once, every second one missing."""

from benchmarks.contenders import Contender
from benchmarks.lab import Lab, Row
from benchmarks.measures import Figures, Goal, Metric, Sample

COUNT = 50
LOAD_S = 0.005


async def measure(lab: Lab, contender: Contender) -> Figures:
    """In one process."""
    async with lab.workers(contender, 1) as [worker]:
        answer = await worker.ask("batch", name=lab.name(), count=COUNT, load_s=LOAD_S)
    return {
        "trips": Sample(answer["trips"]),
        "loads": Sample(answer["loads"]),
        "over": Sample(answer["over_ms"]),
    }


ROW = Row(
    "batch",
    "Batch of 50, half missing",
    (
        Metric("trips", "commands, pipelines sent", "", Goal("at_most", 2)),
        Metric("loads", "loads", "", Goal("at_most", 1)),
        Metric("over", "time over the load", "ms", None, digits=1),
    ),
    measure,
)
