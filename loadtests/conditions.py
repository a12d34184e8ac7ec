"""The conditions that a phase must keep to count, and the verdict over it."""

from collections.abc import Sequence
from dataclasses import dataclass

from loadtests.busy import Others
from loadtests.histogram import histogram_of
from loadtests.machine import cores
from loadtests.mixes.browse import SHARES
from loadtests.plan import Kind
from loadtests.recorder import Report
from loadtests.result import HIT_RATE_FORMULA, Conditions, PhaseConditions
from loadtests.services import PROCESSES, UNLIMITED

ACHIEVED_SHARE = 0.98
GENERATOR_CPU = 0.80  # of its core
BURST_LATENESS_MS = 20.0
STEADY_LATENESS_MS = 50.0
CLOSED: frozenset[Kind] = frozenset({"warm", "closed"})
PACED: frozenset[Kind] = frozenset({"steady", "shaped"})
OTHER_CPU = 0.15  # of all cores


@dataclass(frozen=True)
class Phase:
    """What was run: of whom, what, how, and as which in order.

    `may_fail`: errors are a finding there (a stampede has a goal for them), not a fault.
    """

    strategy: str
    name: str
    kind: Kind
    order: int
    planned_per_s: float | None = None
    duration_s: float = 0.0
    may_fail: bool = False


def judge(phase: Phase, report: Report, other: Others | None) -> PhaseConditions:
    """Conditions and verdict of one phase."""
    answered = report["requests"] - report["errors"]
    achieved_per_s = _achieved_per_s(phase, report, answered)
    planned_per_s = _planned_per_s(phase, report)
    generator_cpu = report["cpu_s"] / report["duration_s"] if report["duration_s"] else 0.0
    faults = _generator_faults(phase, report, generator_cpu)
    behind = _fell_behind(phase, report, planned_per_s)
    saturated = phase.kind == "ramp" or (behind and not faults)
    if behind and faults:
        faults.append(f"{achieved_per_s:.0f} of {planned_per_s:.0f} planned a second")
    why = faults + _disturbances(report, other, may_fail=phase.may_fail or saturated)
    return {
        "strategy": phase.strategy,
        "phase": phase.name,
        "order": phase.order,
        "duration_s": report["duration_s"],
        "planned": report["planned"],
        "planned_per_s": planned_per_s,
        "answered": answered,
        "achieved_per_s": achieved_per_s,
        "dropped": report["dropped"],
        "errors": report["errors"],
        "start_lateness_p99_ms": None if phase.kind in CLOSED else report["lateness_p99_ms"],
        "generator_cpu": generator_cpu,
        "other_cpu": other.cpu if other else None,
        "other_process": other.busiest if other else None,
        "saturated": saturated,
        "valid": not why,
        "why": why,
    }


def _disturbances(report: Report, other: Others | None, *, may_fail: bool) -> list[str]:
    """What else spoils a phase: errors where none were expected, and others at work."""
    found = []
    if report["errors"] and not may_fail:
        kinds = ", ".join(f"{count} x {kind}" for kind, count in report["error_kinds"].items())
        first = next(iter(report["error_samples"]), "no words")
        found.append(f"unexpected errors: {kinds}; the first: {first}")
    if other and other.cpu > OTHER_CPU * cores():
        found.append(f"others were at work: {other.cpu:.0%} of a core, most of all {other.busiest}")
    return found


def _generator_faults(phase: Phase, report: Report, generator_cpu: float) -> list[str]:
    """What the generator, not the strategy, did wrong. A closed loop has no plan to miss."""
    if phase.kind in CLOSED:
        return []
    faults = []
    limit_ms = BURST_LATENESS_MS if phase.kind == "burst" else STEADY_LATENESS_MS
    if report["lateness_p99_ms"] > limit_ms:
        late_ms = report["lateness_p99_ms"]
        faults.append(f"starts were late: p99 {late_ms:.0f} ms, at most {limit_ms:.0f} allowed")
    if phase.kind != "burst" and generator_cpu > GENERATOR_CPU:
        faults.append(f"the generator used {generator_cpu:.0%} of its core, at most 80 % allowed")
    return faults


def _planned_per_s(phase: Phase, report: Report) -> float | None:
    """The rate of a plan; of one with a shape, its mean."""
    if phase.kind == "shaped" and phase.duration_s:
        return report["planned"] / phase.duration_s
    return phase.planned_per_s


def _fell_behind(phase: Phase, report: Report, planned_per_s: float | None) -> bool:
    """Whether what was asked for in a second was not done in it, were it only to fail.

    Errors that come at once are no queue: they are no overload, whatever share of answers is lost.
    """
    if phase.kind not in PACED or planned_per_s is None:
        return False
    done_per_s = _in_time(phase, report, [row[1] for row in report["rows"]]) / phase.duration_s
    return done_per_s < ACHIEVED_SHARE * planned_per_s


def _achieved_per_s(phase: Phase, report: Report, answered: int) -> float:
    """Answers a second; of a paced phase only those that came while it was meant to last."""
    if phase.kind not in PACED:
        return answered / report["duration_s"] if report["duration_s"] else 0.0
    ends = [row[1] for row in report["rows"] if row[2] != "error"]
    return _in_time(phase, report, ends) / phase.duration_s


def _in_time(phase: Phase, report: Report, ends_ms: Sequence[float]) -> int:
    """How many ended while the phase was meant to last.

    What an unhurried service takes for one answer, the median of the first half, is added to that
    time: the last requests are meant to start at its very end.
    """
    end_ms = phase.duration_s * 1_000
    good = [row for row in report["rows"] if row[2] != "error"]
    early = histogram_of(end - start for start, end, _ in good if start < end_ms / 2)
    limit_ms = end_ms + max(0.01 * end_ms, early.quantile_ms(0.5))
    return sum(end <= limit_ms for end in ends_ms)


def overall(phases: list[PhaseConditions], *, shared_stores: bool) -> Conditions:
    """The conditions of a whole run: valid when every phase is."""
    why = [f"{run['strategy']} {run['phase']}: {text}" for run in phases for text in run["why"]]
    return {
        "valid": not why,
        "why": why,
        "order": [f"{run['strategy']} {run['phase']}" for run in phases],
        "shared_stores": shared_stores,
        "server_processes": PROCESSES,
        "unlimited": UNLIMITED,
        "mix": SHARES,
        "latency_rule": "from the intended start of a request to the last byte of its answer",
        "hit_rate_formula": HIT_RATE_FORMULA,
        "drop_rule": "a start that waits too long for one of 64 connections a process is dropped "
        "(4 s, quick 1.5 s) and counted, but is in no latency",
        "phases": phases,
    }
