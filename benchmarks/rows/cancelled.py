"""The caller who began a load goes away, and twenty more wait for it."""

from benchmarks.contenders import Contender
from benchmarks.lab import Lab, Row
from benchmarks.measures import Figures, Goal, Metric, Sample

FOLLOWERS = 20


async def measure(lab: Lab, contender: Contender) -> Figures:
    """In one process, as a client's end of connection does it."""
    async with lab.workers(contender, 1) as [worker]:
        await worker.ask("herd", key=f"{lab.name()}:{{1}}", count=FOLLOWERS, load_s=0.01)
        answer = await worker.ask(
            "cancelled", key=f"{lab.name()}:{{1}}", followers=FOLLOWERS, load_s=0.3
        )
    return {
        "failed": Sample(answer["failed"], FOLLOWERS),
        "loads": Sample(answer["loads"]),
    }


ROW = Row(
    "cancelled",
    "Leader cancelled, 20 followers",
    (
        Metric("failed", "followers that fail", "", Goal("at_most", 0), "sum"),
        Metric("loads", "loads", "", Goal("at_most", 1)),
    ),
    measure,
)
