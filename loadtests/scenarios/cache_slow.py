"""The cache is slow for some seconds: every answer of it comes later."""

from loadtests.trials.faults import FAULT_FIGURES, FAULT_LASTS_S, GATE_NOTE, play_fault
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.stage import Stage

# Above a healthy answer by far, and below what any client library gives up at: nothing fails, and
# each round trip that a request makes is seen.
DELAY_S = 0.03


async def _play(stage: Stage) -> Seen:
    return await play_fault(
        stage,
        lambda: stage.gate.slow(DELAY_S),
        f"every answer of the cache comes {DELAY_S * 1_000:.0f} ms later",
        "it is as quick as before",
    )


CACHE_SLOW = Scenario(
    name="cache-slow",
    summary=f"browse at the low rate; for 8 of 20 s the cache is {DELAY_S * 1_000:.0f} ms late",
    symptom="round trips: what a request asks of its cache one after the other",
    table="fault",
    figures=FAULT_FIGURES,
    play=_play,
    leaves_its_mark=True,
    expected_s=FAULT_LASTS_S + 1,
    rates=("low",),
    behind_gate=True,
    distorts=GATE_NOTE,
)
