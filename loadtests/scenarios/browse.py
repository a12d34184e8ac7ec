"""People who look around, at the low rate: what most traffic of most sites is like."""

from loadtests.trials.metered import metered_caches
from loadtests.trials.reading import steady_figures
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.stage import Stage

DURATION_S = 8.0


async def _play(stage: Stage) -> Seen:
    duration_s = stage.long(DURATION_S)
    seen = steady_figures(await stage.steady(stage.low_per_s, duration_s), duration_s)
    seen.figures["metered_caches"] = await metered_caches(stage.contestant.service)
    if (cache_bytes := stage.contestant.found.cache_bytes) is not None:
        seen.figures["cache_bytes"] = cache_bytes
    return seen


BROWSE = Scenario(
    name="browse",
    summary="Zipf 1.1 over posts and people, 5 % of post reads on one post, 97 reads to 3 writes",
    symptom="SQL and CPU a request: what the cache spares on an ordinary day",
    table="steady",
    figures=(
        "mean_ms",
        "p50_ms",
        "p99_ms",
        "hit_rate",
        "sql_per_request",
        "cpu_ms_per_request",
        "commands_per_request",
        "cache_bytes",
        "metered_caches",
    ),
    play=_play,
    expected_s=10.0,
    reach="http",
    rates=("low",),
)
