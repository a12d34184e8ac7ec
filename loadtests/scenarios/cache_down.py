"""The cache is gone for some seconds, and comes back."""

from loadtests.trials.faults import FAULT_FIGURES, FAULT_LASTS_S, GATE_NOTE, play_fault
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.stage import Stage


async def _play(stage: Stage) -> Seen:
    return await play_fault(stage, stage.gate.shut, "the cache is down", "it is back")


CACHE_DOWN = Scenario(
    name="cache-down",
    summary="browse at the low rate; for 8 of 20 s the cache refuses every connection",
    symptom="requests that fail; or every request on the database, more at once than it can carry",
    table="fault",
    figures=FAULT_FIGURES,
    play=_play,
    leaves_its_mark=True,
    expected_s=FAULT_LASTS_S + 1,
    rates=("low",),
    behind_gate=True,
    distorts=GATE_NOTE,
)
