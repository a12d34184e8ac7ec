"""A fault in the middle of steady traffic: what it did to those who asked, and for how long."""

from collections.abc import Awaitable, Callable, Sequence

from loadtests.trials.around_fault import Watched, around_fault
from loadtests.trials.meanwhile import Act, Meanwhile
from loadtests.trials.reading import by_outcome
from loadtests.trials.scenario import Seen
from loadtests.trials.schema import Drawing
from loadtests.trials.stage import Measured, Stage

BEFORE_S, FAULT_S, AFTER_S = 4.0, 8.0, 8.0
FAULT_LASTS_S = BEFORE_S + FAULT_S + AFTER_S
GATE_NOTE = (
    "The services reach their cache through a process that only passes bytes on, the same for all "
    "subjects; gate_ms_per_command says what that costs in CPU a command."
)
FAULT_FIGURES = (
    "errors_during",
    "dropped",
    "fail_p99_ms",
    "p99_before_ms",
    "p99_during_ms",
    "p99_after_ms",
    "loads_during",
    "peak_loads_during",
    "stale_rate_during",
    "p99_back_s",
    "hits_back_s",
    "extra_loads",
    "gate_ms_per_command",
)
NO_AGE = "an answer that is marked stale does not say how old it is"


async def play_fault(
    stage: Stage, begin: Callable[[], Awaitable[None]], said: str, back: str
) -> Seen:
    """Steady browsing; `begin` hurts the cache, and after a while the gate is opened again."""
    before_s, fault_s, after_s = (stage.long(part) for part in (BEFORE_S, FAULT_S, AFTER_S))

    async def hurt() -> None:
        await begin()
        acts.note(said)

    async def mend() -> None:
        await stage.gate.open()
        acts.note(back)

    acts = Meanwhile([Act(before_s, hurt), Act(before_s + fault_s, mend)])
    cpu_s = await stage.gate.cpu_s()
    lasts_s = before_s + fault_s + after_s
    try:
        phase = await stage.steady(stage.low_per_s, lasts_s, meanwhile=acts)
    finally:
        await stage.gate.open()
    seen = _seen(phase, acts.events(phase.report["started_at"]), lasts_s)
    if phase.commands:
        spent_ms = (await stage.gate.cpu_s() - cpu_s) * 1_000
        seen.figures["gate_ms_per_command"] = spent_ms / phase.commands
    return seen


def _seen(phase: Measured, events: Sequence[tuple[float, str]], lasts_s: float) -> Seen:
    (began_s, _), (ended_s, _) = events
    seen = around_fault(watched(phase, began_s, ended_s, lasts_s))
    seen.figures["dropped"] = phase.report["dropped"]
    seen.unknown["stale_age_ms"] = NO_AGE
    seen.by_outcome = by_outcome(phase.report)
    seen.drawing = drawing(phase, events)
    return seen


def watched(phase: Measured, from_s: float, until_s: float, end_s: float) -> Watched:
    """The phase with its loads on the same clock."""
    zero = phase.report["started_at"]
    loads = sorted((load["start_s"] - zero, load["end_s"] - zero) for load in phase.loads)
    report = phase.report
    return Watched(report["rows"], loads, from_s, until_s, end_s, report["patience_s"])


def drawing(phase: Measured, events: Sequence[tuple[float, str]]) -> Drawing:
    """The series, and what happened meanwhile."""
    report = phase.report
    return Drawing(series=report["series"], histogram=report["histogram"], events=list(events))
