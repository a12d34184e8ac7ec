"""People who look around at half of naive's knee: a rate that every cache keeps up with.

Without one a service need not: that it falls behind there is what `no_cache` is played for.
"""

from loadtests.trials.offer import NO_CACHE
from loadtests.trials.reading import steady_figures
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.stage import Stage

DURATION_S = 5.0
# A quick one, too: 2 % of a shorter one's requests are fewer than are under way at its end when a
# single stall of 50 ms falls there, and that is no queue.
LEAST_S = 2.5


async def _play(stage: Stage) -> Seen:
    duration_s = max(stage.long(DURATION_S), LEAST_S)
    phase = await stage.steady(
        stage.low_per_s, duration_s, may_saturate=stage.contestant.strategy == NO_CACHE
    )
    return steady_figures(phase, duration_s)


BROWSE_LOW = Scenario(
    name="browse-low",
    summary="the browse mix at half of naive's knee",
    symptom="work a request; nobody waits in a queue here, and a fast hit is fast for all",
    table="steady",
    figures=(
        "sql_per_request",
        "cpu_ms_per_request",
        "commands_per_request",
        "mean_ms",
        "p50_ms",
        "p99_ms",
        "hit_rate",
    ),
    play=_play,
    expected_s=DURATION_S + 1,
    least_s=LEAST_S + 0.7,
    rates=("low",),
    reach="http",
)
