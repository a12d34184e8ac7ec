"""Ids that nothing has: whoever remembers only what exists asks the database each time."""

from loadtests.mixes.missing import POOL, POOL_SHARE
from loadtests.trials.reading import steady_figures
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.stage import Stage

DURATION_S = 6.0


async def _play(stage: Stage) -> Seen:
    duration_s = stage.long(DURATION_S)
    phase = await stage.steady(stage.low_per_s, duration_s, mix="missing")
    return steady_figures(phase, duration_s)


MISSING_IDS = Scenario(
    name="missing-ids",
    summary=f"posts that do not exist: {POOL_SHARE:.0%} of the requests for {POOL} dead links, the "
    "rest for ids that nobody asked for before",
    symptom="SQL a request: an absence that is not remembered",
    table="steady",
    figures=(
        "sql_per_request",
        "loads_per_request",
        "p99_ms",
        "hit_rate",
        "cpu_ms_per_request",
        "errors",
    ),
    play=_play,
    expected_s=DURATION_S + 2,
    reach="http",
    rates=("low",),
)
