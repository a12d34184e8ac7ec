"""A cold start: while people look around, the store is emptied."""

from collections.abc import Sequence

from loadtests.trials.meanwhile import Act, Meanwhile
from loadtests.trials.noting import hit_rate, note_back, note_p99
from loadtests.trials.reading import steady_figures
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.stage import Measured, Stage
from loadtests.unanswered import Row, lateness_of

BEFORE_S, AFTER_S = 4.0, 20.0
BACK_SHARE = 0.9
WINDOW_S, STEP_S = 1.0, 0.1
FIGURES = (
    "recovered_share",
    "recovery_s",
    "extra_loads",
    "p99_after_ms",
    "p99_before_ms",
    "errors",
    "dropped",
)


async def _play(stage: Stage) -> Seen:
    if stage.contest.shared_stores:
        why = "these stores are shared: what lies there is not ours to drop"
        return Seen(unknown=dict.fromkeys(FIGURES, why))
    before_s, after_s = stage.long(BEFORE_S), stage.long(AFTER_S)

    async def flush() -> None:
        await stage.contestant.store.flush()
        acts.note("the store is empty")

    acts = Meanwhile([Act(before_s, flush)])
    phase = await stage.steady(stage.low_per_s, before_s + after_s, meanwhile=acts)
    events = acts.events(phase.report["started_at"])
    seen = cold_figures(phase, events[0][0], before_s + after_s)
    seen.drawing["events"] = events
    return seen


def cold_figures(phase: Measured, flushed_s: float, end_s: float) -> Seen:
    """What a phase says in which the store was flushed after so many seconds."""
    rows, began_s = phase.report["rows"], phase.report["started_at"]
    before = [row for row in rows if row[0] / 1_000 < flushed_s]
    after = [row for row in rows if row[0] / 1_000 >= flushed_s]
    later = sum(load["start_s"] >= began_s + flushed_s for load in phase.loads)
    usual = (len(phase.loads) - later) / flushed_s * (end_s - flushed_s)
    seen = steady_figures(phase, end_s)
    seen.figures["extra_loads"] = max(0.0, later - usual)
    patience_ms = phase.report["patience_s"] * 1_000
    for figure, part in (("p99_before_ms", before), ("p99_after_ms", after)):
        note_p99(seen, figure, lateness_of(part, patience_ms))
    former = hit_rate(before)
    if not former:
        why = "nothing is kept, so nothing was lost"
        seen.unknown |= {"recovery_s": why, "recovered_share": why}
        return seen
    last = hit_rate([row for row in after if row[0] / 1_000 >= end_s - WINDOW_S])
    if last is not None:
        seen.figures["recovered_share"] = last / former
    note_back(seen, "recovery_s", recovery_s(after, former, flushed_s, end_s), end_s - flushed_s)
    return seen


def recovery_s(after: Sequence[Row], former: float, flushed_s: float, end_s: float) -> float | None:
    """From the flush to the end of the first second whose hit rate is 90 % of what it had been."""
    steps = int((end_s - flushed_s - WINDOW_S) / STEP_S + 1e-9)
    for from_s in (flushed_s + step * STEP_S for step in range(steps + 1)):
        rate = hit_rate([row for row in after if from_s <= row[0] / 1_000 < from_s + WINDOW_S])
        if rate is not None and rate >= BACK_SHARE * former:
            return from_s + WINDOW_S - flushed_s
    return None


COLD_START = Scenario(
    name="cold-start",
    summary="the browse mix at the low rate, and after a while the store is flushed",
    symptom="time until hits are back, and the loads that it takes",
    table="cold",
    figures=FIGURES,
    play=_play,
    leaves_its_mark=True,
    expected_s=BEFORE_S + AFTER_S + 2,
    rates=("low",),
    distorts="what lies in the processes (a near cache) stays, as it does in life when a store "
    "fails over to an empty one",
)
