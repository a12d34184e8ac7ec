"""More and more, until it is too much: how many requests a second a subject keeps up with."""

from loadtests.arrivals import ExponentialRamp
from loadtests.knee import find_knee, resolution, samples_of
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.schema import Drawing
from loadtests.trials.stage import Stage


async def _play(stage: Stage) -> Seen:
    phase = await stage.ramp()
    sizes, report = stage.contest.sizes, phase.report
    rate = ExponentialRamp(sizes.ramp_from_per_s, sizes.ramp_to_per_s, sizes.ramp_s).rate_per_s
    knee = find_knee(samples_of(report), rate)
    return Seen(
        figures={
            "knee_per_s": knee.per_s,
            "knee_step": resolution(rate),
            "errors": report["errors"],
            "dropped": report["dropped"],
        },
        at_least=[] if knee.reached else ["knee_per_s"],
        drawing=Drawing(series=report["series"]),
    )


KNEE = Scenario(
    name="knee",
    summary="the browse mix on a rate that grows by the same factor every second",
    symptom="the knee: what a machine of this size can serve",
    table="steady",
    figures=("knee_per_s", "knee_step"),
    play=_play,
    leaves_its_mark=True,
    expected_s=7.0,
    least_s=4.4,
    reach="http",
    distorts="the rate rises within seconds, so a knee is known to one step of it at best; what "
    "was refused or dropped counts as never answered",
)
