"""The cache accepts connections for some seconds and says nothing, and comes back."""

from loadtests.trials.faults import FAULT_FIGURES, FAULT_LASTS_S, GATE_NOTE, play_fault
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.stage import Stage


async def _play(stage: Stage) -> Seen:
    return await play_fault(stage, stage.gate.hang, "the cache hangs", "it answers again")


CACHE_HUNG = Scenario(
    name="cache-hung",
    summary="browse at the low rate; for 8 of 20 s the cache accepts everything, answers nothing",
    symptom="everybody waits for as long as the client library does, and then fails",
    table="fault",
    figures=FAULT_FIGURES,
    play=_play,
    leaves_its_mark=True,
    expected_s=FAULT_LASTS_S + 1,
    rates=("low",),
    behind_gate=True,
    distorts=GATE_NOTE + " What was sent to it meanwhile reaches it when it answers again.",
)
