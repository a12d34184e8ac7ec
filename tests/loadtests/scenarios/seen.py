"""Loads and requests made up for scenarios, in seconds from the beginning of a phase."""

from collections.abc import Sequence

from loadtests.recorder import Answer, Recorder, Report, Run, summary
from loadtests.result import CacheOutcome
from loadtests.services import Load
from loadtests.statements import Statements
from loadtests.trials.stage import Measured

BEGAN_S = 1_000.0


def load(start_s: float, end_s: float, kind: str = "top", *, ok: bool = True) -> Load:
    """A load of that kind."""
    start_s, end_s = BEGAN_S + start_s, BEGAN_S + end_s
    return Load(id=1, kind=kind, key=f"{kind}:{{day}}", start_s=start_s, end_s=end_s, ok=ok)


def answer(
    at_s: float, took_s: float, outcome: CacheOutcome = "hit", *, error: str = "", kind: str = "top"
) -> Answer:
    """A request that was meant to start then."""
    return Answer(kind, outcome, at_s, at_s + took_s, error)


def hits(from_s: float, until_s: float, *, per_s: int = 100, took_s: float = 0.002) -> list[Answer]:
    """Evenly spaced hits."""
    count = round((until_s - from_s) * per_s)
    return [answer(from_s + number / per_s, took_s) for number in range(count)]


def report(answers: Sequence[Answer], duration_s: float = 10.0) -> Report:
    """A phase with these requests."""
    recorder = Recorder()
    recorder.answers.extend(answers)
    planned = len(answers)
    run = Run(
        label="made up",
        started_at=BEGAN_S,
        duration_s=duration_s,
        planned=planned,
        cpu_s=0.1,
        cpu_at_worst=0.1,
        patience_s=4.0,
    )
    return summary(recorder, run)


def measured(answers: Sequence[Answer], loads: Sequence[Load]) -> Measured:
    """The same with what the servers did for it."""
    return Measured(report(answers), Statements(0, 0), 0, 0.0, list(loads))
