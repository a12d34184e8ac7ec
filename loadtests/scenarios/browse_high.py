"""People who look around at four fifths of layered's knee: who needs more work falls behind."""

from loadtests.trials.reading import steady_figures
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.stage import Stage

DURATION_S = 4.0


async def _play(stage: Stage) -> Seen:
    duration_s = stage.long(DURATION_S)
    phase = await stage.steady(stage.high_per_s, duration_s, may_saturate=True)
    return steady_figures(phase, duration_s)


BROWSE_HIGH = Scenario(
    name="browse-high",
    summary="the browse mix at four fifths of layered's knee",
    symptom="latency where a service saturates: falling behind is a finding here, not a fault",
    table="steady",
    figures=("mean_ms", "p50_ms", "p99_ms", "achieved_per_s", "dropped", "hit_rate"),
    play=_play,
    expected_s=DURATION_S + 1,
    least_s=1.8,
    rates=("high",),
    reach="http",
    distorts=f"whoever falls behind has a queue, whose latency grows with the {DURATION_S:.0f} s "
    "that the phase lasts until starts are dropped: a ratio to such a latency is of this length, "
    "and of no other",
)
