"""A warm pair: one subject's rows and store as a long trace left them, to begin every turn with."""

from dataclasses import dataclass
from pathlib import Path

from loadtests.contest import Contest, Contestant
from loadtests.phases import fill, settle
from loadtests.result import PhaseConditions
from loadtests.sql import connected as database
from loadtests.trials.replays import spoilt_alone

WARMED = "{}__warm"
_PROBE_REQUESTS = 40


@dataclass(frozen=True)
class Pair:
    """`template_url`: rows, in which nobody works. `file`: what lay in the store, `entries` in all.

    `phase`: the conditions of the trace that made it; of its faults only errors spoil what it left.
    """

    template_url: str
    file: Path
    entries: int
    phase: PhaseConditions


async def warm_up(contest: Contest, contestant: Contestant) -> PhaseConditions:
    """Send the long trace, and wait until everything that it set off is done; its conditions.

    Who keeps nothing after some first requests is sent the writes alone: nothing else would
    leave a trace.
    """
    await settle(contest, contestant, 0, _PROBE_REQUESTS)
    keeps_nothing = await contestant.store.is_empty()
    await fill(contest, contestant, writes_only=keeps_nothing)
    phase = spoilt_alone(contest.conditions[-1])
    await contest.at_rest(contestant)
    return phase


async def tidy(database_url: str) -> None:
    """Make it fit to be copied: nothing for a relay to do again, and plans as good for everyone."""
    async with database(database_url) as connection:
        await connection.execute("TRUNCATE outbox")
        await connection.execute("VACUUM (ANALYZE)")
