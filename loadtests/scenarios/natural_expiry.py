"""Natural expiry: the life of a hot key runs out while everybody goes on asking for it."""

import math
from collections.abc import Sequence
from statistics import median

from loadtests.contest import at_rest
from loadtests.mixes.request import TOP_OF_DAY
from loadtests.recorder import Report
from loadtests.services import PROCESSES, Load
from loadtests.stampede import KIND, make_cold
from loadtests.trials.epochs import (
    Epoch,
    epochs_of,
    p99_at_first_ms,
    quickest_s,
    served_age_s,
)
from loadtests.trials.epochs import Seen as Request
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.schema import Drawing
from loadtests.trials.stage import Measured, Stage

TTL_SCALE = 100
SOFT_S, HARD_S = 60 / TTL_SCALE, 600 / TTL_SCALE
# An early refresh begins in the second half of the soft life, which jitter shortens by a tenth.
YOUNG_S = 0.4 * SOFT_S
RATE_PER_S = 200.0
EPOCHS = 4  # of a guarded strategy, so that five repeats see twenty
GUARDED = 2 * PROCESSES  # whoever loads more often than that is a herd, and one of those will do
AFTERWARDS_S = 1.5
MORE_STRETCHES = 2

FIGURES = (
    "loads",
    "worst_loads",
    "peak_loads",
    "slow_requests",
    "first_fresh_ms",
    "expiry_p99_ms",
    "stale_age_ms",
    "load_ms",
    "epochs",
)


async def _play(stage: Stage) -> Seen:
    filled = await _filled(stage)
    if not filled:
        return nothing_to_see("nothing is kept, so nothing expires")
    wanted = math.ceil(stage.long(EPOCHS))
    phases = [await _steady(stage, HARD_S + AFTERWARDS_S)]
    for _ in range(MORE_STRETCHES):
        missing = wanted - len(found := epochs_of(_hot(phases), young_s=YOUNG_S))
        if missing <= 0 or not found or _is_herd(found):
            break
        phases.append(await _steady(stage, missing * HARD_S + AFTERWARDS_S))
    loads = _hot(phases)
    if not loads:
        return nothing_to_see(f"nothing expires: no load within {HARD_S + AFTERWARDS_S:.1f} s")
    return expiry_figures(loads, [phase.report for phase in phases], filled)


async def _filled(stage: Stage) -> list[Load]:
    """Fill the entry; the loads that it took, none if it was not kept and so is loaded again."""
    service = stage.contestant.service
    await make_cold(service)
    marks = [stats["loads_total"] for stats in await service.stats()]
    await service.get(TOP_OF_DAY)
    await service.get(TOP_OF_DAY)
    await at_rest(service)
    loads = [load for stats in await service.stats(marks) for load in stats["loads"]]
    hot = [load for load in loads if load["kind"] == KIND]
    # Of the four requests the last three find it, though one may begin a refresh.
    return hot if len(hot) < 2 * PROCESSES else []


async def _steady(stage: Stage, duration_s: float) -> Measured:
    return await stage.steady(RATE_PER_S, duration_s, mix="hot-list")


def _hot(phases: Sequence[Measured]) -> list[Load]:
    return [load for phase in phases for load in phase.loads if load["kind"] == KIND]


def _is_herd(epochs: Sequence[Epoch]) -> bool:
    return max(len(epoch.loads) for epoch in epochs) > GUARDED


def expiry_figures(
    loads: Sequence[Load], reports: Sequence[Report], filled: Sequence[Load]
) -> Seen:
    """What loads of one key and the requests for it say, epoch by epoch, since it was `filled`."""
    epochs = epochs_of(loads, young_s=YOUNG_S)
    requests = [
        Request(report["started_at"] + at / 1_000, report["started_at"] + end / 1_000, how)
        for report in reports
        for at, end, how in report["rows"]
    ]
    half_s = quickest_s([*filled, *loads]) / 2
    fresh = [ms for one in epochs if (ms := one.first_fresh_ms(requests)) is not None]
    seen = Seen(
        figures={
            "loads": median(len(epoch.loads) for epoch in epochs),
            "worst_loads": max(len(epoch.loads) for epoch in epochs),
            "peak_loads": max(epoch.peak for epoch in epochs),
            "slow_requests": max(epoch.slow(requests, half_s) for epoch in epochs),
            "expiry_p99_ms": p99_at_first_ms(epochs, requests),
            "stale_age_ms": max(0.0, served_age_s([*filled, *loads], requests) - SOFT_S) * 1_000,
            "load_ms": max(load["end_s"] - load["start_s"] for load in loads) * 1_000,
            "epochs": len(epochs),
            "errors": sum(report["errors"] for report in reports),
        },
        drawing=_drawing(loads, reports),
    )
    if fresh:
        seen.figures["first_fresh_ms"] = max(fresh)
    else:
        seen.unknown["first_fresh_ms"] = "no load succeeded, or nobody was answered after one"
    return seen


def nothing_to_see(why: str) -> Seen:
    """A strategy in which this cannot happen."""
    return Seen(unknown=dict.fromkeys(FIGURES, why))


def _drawing(loads: Sequence[Load], reports: Sequence[Report]) -> Drawing:
    """All stretches on the clock of the first."""
    began_s = reports[0]["started_at"]
    by_start = sorted(loads, key=lambda load: load["start_s"])
    return Drawing(
        series=[
            (report["started_at"] - began_s + t_s, p50_ms, p99_ms, per_s)
            for report in reports
            for t_s, p50_ms, p99_ms, per_s in report["series"]
        ],
        loads_timeline=[
            ((load["start_s"] - began_s) * 1_000, (load["end_s"] - began_s) * 1_000)
            for load in by_start
        ],
    )


NATURAL_EXPIRY = Scenario(
    name="natural-expiry",
    summary=f"{RATE_PER_S:.0f} requests a second for the best of the day, whose life runs out",
    symptom="loads an expiry: more than one, and requests that wait for them",
    table="natural",
    figures=FIGURES,
    play=_play,
    expected_s=15.0,
    settings={"CORRAL_TTL_SCALE": str(TTL_SCALE)},
    starts_warm=False,
    distorts=f"lives are divided by {TTL_SCALE}: the best of the day is fresh for {SOFT_S:.1f} s "
    f"and kept for {HARD_S:.0f} s (60 s and 10 min in life), while a load takes as long as ever, "
    "so expiries are that much more frequent; what was served is held against the soft life in "
    "every strategy, whether it has one or not, and is at least as old as the newest fill",
)
