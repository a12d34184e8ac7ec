"""More and more, until it is too much: how many requests a second a subject keeps up with."""

from loadtests.arrivals import ExponentialRamp
from loadtests.knee import find_knee
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.schema import Drawing
from loadtests.trials.stage import Stage


async def _play(stage: Stage) -> Seen:
    phase = await stage.ramp()
    sizes, report = stage.contest.sizes, phase.report
    rate = ExponentialRamp(sizes.ramp_from_per_s, sizes.ramp_to_per_s, sizes.ramp_s).rate_per_s
    samples = [(start / 1_000, end / 1_000) for start, end, how in report["rows"] if how != "error"]
    knee = find_knee(samples, rate)
    seen = Seen(drawing=Drawing(series=report["series"]))
    if knee.reached:
        seen.figures["knee_per_s"] = knee.per_s
    else:
        seen.unknown["knee_per_s"] = f"more than {knee.per_s:.0f} a second: the ramp ended first"
    return seen


KNEE = Scenario(
    name="knee",
    summary="the browse mix on a rate that grows by the same factor every second",
    symptom="the knee: what a machine of this size can serve",
    table="steady",
    figures=("knee_per_s",),
    play=_play,
    expected_s=9.0,
    reach="http",
)
