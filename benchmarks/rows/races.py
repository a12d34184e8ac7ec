"""A write and its invalidation in one process while another loads the same key."""

import asyncio
import time

from benchmarks.contenders import CORRAL, UNFENCED, Contender
from benchmarks.lab import Lab, Row
from benchmarks.measures import Figures, Goal, Metric, Sample

EVERY_S = 0.004
WITHIN_S = 0.010
LOAD_S = 0.006


async def measure(lab: Lab, contender: Contender) -> Figures:
    """Races by the thousand; for Corral also some without its fence."""
    if contender is not CORRAL:
        return {"stale": await _stale(lab, contender, lab.sizes.races_of_others)}
    return {
        "stale": await _stale(lab, contender, lab.sizes.races),
        "unfenced": await _stale(lab, UNFENCED, lab.sizes.races_of_others),
    }


async def _stale(lab: Lab, contender: Contender, count: int) -> Sample:
    async with lab.workers(contender, 2, versions=True) as (reader, writer):
        name = lab.name()
        keys = [f"{name}:{{{number}}}" for number in range(count)]
        for worker in (reader, writer):
            await worker.ask("herd", key=f"{lab.name()}:{{1}}", count=10, load_s=0.01)
        race = {
            "keys": keys, "at_s": time.monotonic() + 0.3, "every_s": EVERY_S, "within_s": WITHIN_S,
        }  # fmt: skip
        await asyncio.gather(reader.ask("read", load_s=LOAD_S, **race), writer.ask("write", **race))
        return Sample(await writer.ask("stale", keys=keys), count)


ROW = Row(
    "races",
    "Invalidate during a load",
    (
        Metric("stale", "races that leave an old value", "", Goal("at_most", 0), "sum"),
        Metric("unfenced", "the same with the fence off", "", Goal("above", 0), "sum"),
    ),
    measure,
)
