"""People who look around at half of naive's knee: a rate that everybody keeps up with."""

from loadtests.trials.reading import steady_figures
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.stage import Stage

DURATION_S = 5.0


async def _play(stage: Stage) -> Seen:
    duration_s = stage.long(DURATION_S)
    return steady_figures(await stage.steady(stage.low_per_s, duration_s), duration_s)


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
    expected_s=DURATION_S + 2,
    rates=("low",),
    reach="http",
)
