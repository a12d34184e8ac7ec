"""A site where one request in ten writes: what is cached goes stale as fast as it is read."""

from loadtests.trials.reading import steady_figures
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.stage import Stage

DURATION_S = 8.0


async def _play(stage: Stage) -> Seen:
    duration_s = stage.long(DURATION_S)
    phase = await stage.steady(stage.low_per_s, duration_s, mix="community")
    return steady_figures(phase, duration_s)


COMMUNITY = Scenario(
    name="community",
    summary="as browse, with 90 reads to 10 writes",
    symptom="loads a request: how much is dropped by a write beyond what it changed",
    table="steady",
    figures=("loads_per_request", "hit_rate", "mean_ms", "p99_ms", "sql_per_request"),
    play=_play,
    leaves_its_mark=True,
    expected_s=10.0,
    reach="http",
    rates=("low",),
)
