"""What a hit costs: in the process, and in Redis against a raw GET with decoding."""

from statistics import median

from benchmarks.contenders import Contender
from benchmarks.errors import BenchError
from benchmarks.lab import Lab, Row
from benchmarks.measures import Figures, Goal, Metric, Sample
from benchmarks.sides.side import CannotDo


async def measure(lab: Lab, contender: Contender) -> Figures:
    """In one process; raw GETs and the side's take turns, so that a ratio is of one moment."""
    sizes = lab.sizes
    work = {"blocks": sizes.blocks, "calls": sizes.calls}
    async with lab.workers(contender, 1) as [worker]:
        found = await worker.ask("hits", name=lab.name(), **work)
        if not found:
            raise BenchError("in no block all calls were hits: the machine is too busy")
        figures: Figures = {
            "raw": Sample(median(found["raw"])),
            "ratio": Sample(_ratio(found, "")),
            "together": Sample(_ratio(found, "_together")),
        }
        try:
            figures["near"] = Sample(median(await worker.ask("near", key=lab.name(), **work)))
        except CannotDo as reason:
            figures["near"] = str(reason)
    return figures


def _ratio(found: dict[str, list[float]], kind: str) -> float:
    pairs = zip(found[f"side{kind}"], found[f"raw{kind}"], strict=True)
    return median(side / raw for side, raw in pairs)


ROW = Row(
    "hits",
    "A hit",
    (
        Metric("near", "in the process (L1)", "µs", Goal("at_most", 5), digits=1),
        Metric("ratio", "in Redis (L2)", "raw GETs", Goal("at_most", 1.3), digits=2),
        Metric("together", "50 at once", "raw GETs", Goal("at_most", 0.7), digits=2),
        Metric("raw", "raw GET, decoded", "µs"),
    ),
    measure,
)
