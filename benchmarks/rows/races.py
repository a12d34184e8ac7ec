"""A write and its invalidation in one process while another loads the same key."""

import asyncio
import time

from benchmarks.contenders import CORRAL, UNFENCED, Contender
from benchmarks.crew import Worker
from benchmarks.lab import Lab, Row
from benchmarks.measures import Figures, Goal, Metric, Sample

EVERY_S = 0.005
WARM_UP = 40
MOST = 3  # times that what did not take place is tried again
# A load reads its row, then takes this long; most writes fall into that time.
LOAD_S = 0.020
READ_BETWEEN_S = (0.0, 0.004)
WRITE_BETWEEN_S = (0.004, 0.024)


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
        await _race(lab, reader, writer, WARM_UP)  # opens connections
        raced: list[str] = []
        for _ in range(MOST):
            if len(raced) < count:
                raced += await _race(lab, reader, writer, count - len(raced))
        return Sample(await writer.ask("stale", keys=raced), len(raced))


async def _race(lab: Lab, reader: Worker, writer: Worker, count: int) -> list[str]:
    """Let them race for so many keys; those for which both did what they were told."""
    name = lab.name()
    keys = [f"{name}:{{{number}}}" for number in range(count)]
    race = {"keys": keys, "at_s": time.monotonic() + 0.3, "every_s": EVERY_S}
    failed = await asyncio.gather(
        reader.ask("read", load_s=LOAD_S, between_s=READ_BETWEEN_S, **race),
        writer.ask("write", between_s=WRITE_BETWEEN_S, **race),
    )
    # On a machine that is overrun a read is refused, or an invalidation is not told (it is the
    # outbox that makes it good): no race, and not counted.
    return [key for place, key in enumerate(keys) if place not in {*failed[0], *failed[1]}]


ROW = Row(
    "races",
    "Invalidate during a load",
    (
        Metric("stale", "old values left", "", Goal("at_most", 0), "sum"),
        Metric("unfenced", "with the fence off", "", Goal("above", 0), "sum"),
    ),
    measure,
)
