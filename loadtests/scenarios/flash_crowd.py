"""A flash crowd: 45 times the traffic within hours, a third of it about ten accounts."""

from loadtests.trials.reading import steady_figures
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.stage import Stage

DURATION_S = 40.0
HOURS = 12
GROWTH = 45  # from 24 events a minute on the day before to 1,096 at the height
# Higgs, 4 July 2012: quiet, 25 to 827 a minute within three hours, the height, and down by half.
_COURSE = ((0.0, 1.0), (3.0, 1.0), (6.0, 34.0), (7.0, 45.0), (8.0, 45.0), (HOURS, 22.0))
COMPRESSION = HOURS * 3_600 / DURATION_S


def course(top_per_s: float, duration_s: float) -> list[tuple[float, float]]:
    """The same course with this rate at its height, within so many seconds."""
    return [(hour / HOURS * duration_s, share / GROWTH * top_per_s) for hour, share in _COURSE]


async def _play(stage: Stage) -> Seen:
    duration_s = stage.long(DURATION_S)
    phase = await stage.shaped(
        course(stage.high_per_s, duration_s), mix="flash-crowd", may_saturate=True
    )
    return steady_figures(phase, duration_s)


FLASH_CROWD = Scenario(
    name="flash-crowd",
    summary=f"{GROWTH} times the traffic, up to the high rate; 14 % of it about one account, 33 % "
    "about ten",
    symptom="p99 and starts dropped on the way up: who cannot follow",
    table="over time",
    figures=(
        "p99_ms",
        "dropped",
        "p50_ms",
        "sql_per_request",
        "loads_per_request",
        "hit_rate",
        "cpu_ms_per_request",
        "max_ms",
        "errors",
    ),
    play=_play,
    leaves_its_mark=True,
    expected_s=DURATION_S + 2,
    reach="http",
    rates=("high",),
    distorts=f"{HOURS} hours of 4 July 2012 (SNAP's Higgs data set) within {DURATION_S:.0f} s, "
    f"{COMPRESSION:,.0f} times as fast, and four times that in a quick run; lives of keys are not "
    "sped up with it, so hardly any key expires meanwhile",
)
