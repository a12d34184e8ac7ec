"""A write storm: everybody reads one post, votes on it and comments on it."""

from loadtests.trials.noting import note_p99_of
from loadtests.trials.reading import steady_figures
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.stage import Stage

DURATION_S = 8.0


async def _play(stage: Stage) -> Seen:
    duration_s = stage.long(DURATION_S)
    phase = await stage.steady(stage.low_per_s, duration_s, mix="hot-post")
    seen = steady_figures(phase, duration_s)
    seen.figures["post_loads"] = len(phase.loads)  # nobody asks for anything else
    note_p99_of(seen, "read_p99_ms", phase.report, "post")
    if not note_p99_of(seen, "write_p99_ms", phase.report, "vote"):
        seen.unknown["write_p99_ms"] = "nobody can sign in here, so nobody writes"
    return seen


WRITE_STORM = Scenario(
    name="write-storm",
    summary="one post: 40 % read it, 20 % its comments, 30 % vote on it, 10 % comment",
    symptom="loads of one post: what a write drops beyond what it changed, and everybody reloads",
    table="steady",
    figures=(
        "post_loads",
        "read_p99_ms",
        "sql_per_request",
        "write_p99_ms",
        "hit_rate",
        "cpu_ms_per_request",
        "errors",
        "dropped",
    ),
    play=_play,
    leaves_its_mark=True,
    expected_s=DURATION_S + 2,
    reach="http",
    rates=("low",),
)
