"""A celebrity publishes, again and again, while followers poll their feeds."""

from loadtests.mixes.celebrity import POLLERS, POLLS_A_POST
from loadtests.population import Population
from loadtests.trials.noting import note_p99_of
from loadtests.trials.reading import steady_figures
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.stage import Stage

DURATION_S = 10.0

FIGURES = (
    "loads_per_request",
    "sql_per_request",
    "feed_p99_ms",
    "publish_p99_ms",
    "commands_per_request",
    "cpu_ms_per_request",
    "errors",
    "dropped",
)


async def _play(stage: Stage) -> Seen:
    if not Population.load(stage.contest.population).fans:
        return Seen(unknown=dict.fromkeys(FIGURES, "nobody follows anybody in this data"))
    duration_s = stage.long(DURATION_S)
    await stage.closed(POLLERS, mix="polling")
    phase = await stage.steady(stage.low_per_s, duration_s, mix="celebrity")
    seen = steady_figures(phase, duration_s)
    for kind, figure in (("feed", "feed_p99_ms"), ("publish", "publish_p99_ms")):
        note_p99_of(seen, figure, phase.report, kind)
    return seen


CELEBRITY = Scenario(
    name="celebrity",
    summary=f"{POLLERS} followers of whoever is followed most poll their feeds, and after each "
    f"{POLLS_A_POST} polls there is a new post",
    symptom="loads and SQL a request: a post that is pushed to all, or drops every feed",
    table="steady",
    figures=FIGURES,
    play=_play,
    leaves_its_mark=True,
    expected_s=DURATION_S + 4,
    rates=("low",),
)
