"""Natural expiry: the life of a hot key runs out while everybody goes on asking for it."""

import math
from collections.abc import Sequence

from loadtests.faults import FELL_BEHIND
from loadtests.loads import Loads, load_marks, loads_since
from loadtests.mixes.request import TOP_OF_DAY
from loadtests.recorder import Report
from loadtests.resting import at_rest
from loadtests.services import PROCESSES, Load
from loadtests.stampede import KIND, make_cold
from loadtests.trials.epochs import SLOW_MS, Epoch, epochs_of
from loadtests.trials.expiries import HARD_S, SOFT_S, TTL_SCALE, YOUNG_S, expiry_figures
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.stage import Measured, Stage

RATE_PER_S = 200.0
# Of a guarded strategy whose entries live for their hard life: twenty in five repeats.
EPOCHS = 4
EPOCHS_OF_SOFT_LIVES = 10  # which come ten times as often: the first stretch sees twelve
EPOCHS_OF_HARD_LIVES = 5  # there are no more of them in all stretches together
NEVER = "never expires: its entry has no TTL"
GUARDED = 2 * PROCESSES  # whoever loads more often than that is a herd, and one of those will do
AFTERWARDS_S = 1.5
MORE_STRETCHES = 2
BEHIND_SHARE = 0.02  # of the requests before anything expired

FIGURES = (
    "loads",
    "worst_loads",
    "loads_per_life",
    "peak_loads",
    "slow_requests",
    "first_fresh_ms",
    "expiry_p99_ms",
    "stale_age_ms",
    "load_ms",
    "epochs",
)


async def _play(stage: Stage) -> Seen:
    filling = await _filling(stage)
    if filling.doubt:
        return nothing_to_see(filling.doubt)
    filled = _filled(filling.known)
    if not filled:
        return nothing_to_see("nothing is kept, so nothing expires")
    if await _lives_forever(stage):
        return nothing_to_see(NEVER)
    wanted = math.ceil(stage.long(EPOCHS))
    phases = [await _steady(stage, HARD_S + AFTERWARDS_S)]
    for _ in range(MORE_STRETCHES):
        found = epochs_of(_hot(phases), young_s=YOUNG_S)
        if not found or _is_herd(found) or (more_s := more_stretch_s(len(found), wanted)) <= 0:
            break
        phases.append(await _steady(stage, more_s))
    loads = _hot(phases)
    if not loads:
        return nothing_to_see(f"nothing expires: no load within {HARD_S + AFTERWARDS_S:.1f} s")
    reports = [phase.report for phase in phases]
    if was_behind(reports[0], min(load["start_s"] for load in loads)):
        stage.contest.distrust(f"{FELL_BEHIND} before anything expired: that is no expiry")
    return expiry_figures(loads, reports, filled)


def more_stretch_s(found: int, of_hard_lives: int) -> float:
    """How much longer to go on for the epochs that are wanted; none when they were seen.

    Whoever expired more often than that within one hard life has soft lives.
    """
    if found > EPOCHS_OF_HARD_LIVES:
        wanted, life_s = EPOCHS_OF_SOFT_LIVES, SOFT_S
    else:
        wanted, life_s = of_hard_lives, HARD_S
    return (wanted - found) * life_s + AFTERWARDS_S if found < wanted else 0.0


def was_behind(report: Report, expired_s: float) -> bool:
    """Whether requests were waiting already when the first load began: an overload, no expiry."""
    zero_s, slow_s = report["started_at"], SLOW_MS / 1_000
    before = [row for row in report["rows"] if zero_s + row[0] / 1_000 < expired_s - slow_s]
    waiting = sum(zero_s + end_ms / 1_000 > expired_s for _, end_ms, _ in before)
    return waiting > max(1, BEHIND_SHARE * len(before))


async def _filling(stage: Stage) -> Loads:
    """Ask for the entry when it is cold, twice of each process."""
    service = stage.contestant.service
    await make_cold(service)
    marks = await load_marks(service)
    await service.get(TOP_OF_DAY)
    await service.get(TOP_OF_DAY)
    await at_rest(service)
    return await loads_since(service, marks)


def _filled(loads: Sequence[Load]) -> list[Load]:
    """Those that filled the entry; none if it was not kept and so was loaded again."""
    hot = [load for load in loads if load["kind"] == KIND]
    # Of the four requests the last three find it, though one may begin a refresh.
    return hot if len(hot) < 2 * PROCESSES else []


async def _lives_forever(stage: Stage) -> bool:
    """Whether all that was kept of the list has no TTL: to wait for its end would show nothing."""
    store = stage.contestant.store
    return not stage.contest.shared_stores and await store.keeps_for_ever(KIND)


async def _steady(stage: Stage, duration_s: float) -> Measured:
    """A herd leaves a queue behind, which is a finding; one before it is not."""
    return await stage.steady(RATE_PER_S, duration_s, mix="hot-list", may_saturate=True)


def _hot(phases: Sequence[Measured]) -> list[Load]:
    return [load for phase in phases for load in phase.loads if load["kind"] == KIND]


def _is_herd(epochs: Sequence[Epoch]) -> bool:
    return max(len(epoch.loads) for epoch in epochs) > GUARDED


def nothing_to_see(why: str) -> Seen:
    """A strategy in which this cannot happen."""
    return Seen(unknown=dict.fromkeys(FIGURES, why))


NATURAL_EXPIRY = Scenario(
    name="natural-expiry",
    summary=f"{RATE_PER_S:.0f} requests a second for the best of the day, whose life runs out",
    symptom="loads an expiry: more than one, and requests that wait for them",
    table="natural",
    figures=FIGURES,
    play=_play,
    leaves_its_mark=True,
    tells_work=False,
    expected_s=15.0,
    least_s=6.5,  # the mean: whoever never expires takes no time
    settings={"CORRAL_TTL_SCALE": str(TTL_SCALE)},
    starts_warm=False,
    distorts=f"lives are divided by {TTL_SCALE}: the best of the day is fresh for {SOFT_S:.1f} s "
    f"and kept for {HARD_S:.0f} s (60 s and 10 min in life), while a load takes as long as ever, "
    "so expiries are that much more frequent; what was served is held against the soft life in "
    "every strategy, whether it has one or not, and is at least as old as the newest fill",
)
