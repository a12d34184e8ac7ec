"""What the servers of one subject have done so far, and how much of that nobody asked for."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from loadtests.contest import Contest, Contestant
from loadtests.resting import Idle
from loadtests.statements import Statements

STRETCH_S = 1.0  # a relay looks once or twice in it


@dataclass(frozen=True)
class Counts:
    """Totals at a moment at rest; `at_s` on the runner's clock. `cpu_s` sums the processes.

    `forgotten`: how often the database threw counts away for want of room.
    """

    sql: Statements
    commands: int
    cpu_s: float
    at_s: float
    forgotten: int

    def __sub__(self, earlier: "Counts") -> "Counts":
        return Counts(
            self.sql - earlier.sql,
            self.commands - earlier.commands,
            self.cpu_s - earlier.cpu_s,
            self.at_s - earlier.at_s,
            self.forgotten - earlier.forgotten,
        )


async def counted(contest: Contest, contestant: Contestant) -> Counts:
    """The totals, as soon as the services are at rest."""
    await contest.at_rest(contestant)
    counter, commands = contest.counter, await contestant.store.commands()
    sql = await counter.snapshot(contestant.service, contestant.database)
    forgotten = await counter.forgotten()
    return Counts(sql, commands, await contestant.cpu_s(), time.monotonic(), forgotten)


async def idling(contest: Contest, contestant: Contestant) -> Idle:
    """What the services do at rest: measured before the first phase of a subject.

    The median of stretches: what requests left behind, such as views that are added up every few
    seconds, falls into one of them, and is the requests' own.
    """
    if contestant.found.idle is None:
        lasts_s = contest.sizes.idle_s
        looks = max(1, round(lasts_s / STRETCH_S))
        seen = [await _stretch(contest, contestant, lasts_s / looks) for _ in range(looks)]
        contestant.found.idle = typical(seen)
    return contestant.found.idle


def typical(seen: Sequence[Idle]) -> Idle:
    """Each number by itself: no stretch need be the typical one in all."""
    return Idle(
        median(one.sql_per_s for one in seen),
        median(one.commands_per_s for one in seen),
        median(one.cpu for one in seen),
    )


async def _stretch(contest: Contest, contestant: Contestant, lasts_s: float) -> Idle:
    before = await counted(contest, contestant)
    await asyncio.sleep(lasts_s)
    # At once: to answer who counts takes CPU, too.
    used_s, lasted_s = await contestant.cpu_s() - before.cpu_s, time.monotonic() - before.at_s
    spent = await counted(contest, contestant) - before
    sql_per_s, commands_per_s = spent.sql.by_driver / spent.at_s, spent.commands / spent.at_s
    return Idle(sql_per_s, commands_per_s, used_s / lasted_s)
