"""The conditions that a phase must keep to count, and the verdict over it."""

from collections.abc import Sequence
from dataclasses import dataclass

from loadtests.busy import OTHER_CPU, Others
from loadtests.faults import (
    ERRORS,
    FELL_BEHIND,
    GENERATOR_AT_ITS_LIMIT,
    LATE_STARTS,
    MISSED_ITS_RATE,
)
from loadtests.histogram import histogram_of
from loadtests.mixes.browse import SHARES
from loadtests.plan import Kind
from loadtests.recorder import Report
from loadtests.result import HIT_RATE_FORMULA, Conditions, PhaseConditions
from loadtests.services import PROCESSES, UNLIMITED
from loadtests.unanswered import DROPPED
from loadtests.unanswered import answered as well_answered

ACHIEVED_SHARE = 0.98
GENERATOR_CPU = 0.80  # of its core
BURST_LATENESS_MS = 20.0
# Of phases that go on: lateness of ours is in every latency, so it must be small beside them.
STEADY_LATENESS_MS = 20.0
LATENESS_SHARE = 0.2  # of the p99, where that is more
LATENESS_AT_MOST_MS = 50.0  # whatever the p99
CLOSED: frozenset[Kind] = frozenset({"warm", "closed"})
PACED: frozenset[Kind] = frozenset({"steady", "shaped"})


@dataclass(frozen=True)
class Phase:
    """What was run: of whom, what, how, and as which in order.

    `may_fail`: errors are a finding there (a stampede has a goal for them), not a fault.
    `may_saturate`: so is falling behind the plan; elsewhere latency would be that of a queue, which
    grows with the length of the phase.
    """

    strategy: str
    name: str
    kind: Kind
    order: int
    planned_per_s: float | None = None
    duration_s: float = 0.0
    may_fail: bool = False
    may_saturate: bool = False


def judge(phase: Phase, report: Report, other: Others | None) -> PhaseConditions:
    """Conditions and verdict of one phase."""
    answered = report["requests"] - report["errors"]
    achieved_per_s = _achieved_per_s(phase, report, answered)
    planned_per_s = _planned_per_s(phase, report)
    faults = _generator_faults(phase, report)
    behind = _fell_behind(phase, report, planned_per_s)
    saturated = phase.kind == "ramp" or (behind and not faults)
    rates = f"{achieved_per_s:.0f} answers a second in time, of {planned_per_s or 0:.0f} requests"
    if behind and faults:
        faults.append(f"{achieved_per_s:.0f} of {planned_per_s:.0f} {MISSED_ITS_RATE}")
    why = faults + _of_the_subject(phase, report, rates if saturated else "") + _others(other)
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
        "generator_cpu": report["cpu_at_worst"],
        "other_cpu": other.cpu if other else None,
        "other_process": other.busiest if other else None,
        "saturated": saturated,
        "valid": not why,
        "why": why,
    }


def _of_the_subject(phase: Phase, report: Report, behind: str) -> list[str]:
    """Errors where none were expected, and how far it fell `behind` where it should keep up.

    Of a phase that may be too much errors are how that looks.
    """
    may_saturate = phase.kind == "ramp" or phase.may_saturate
    found = []
    if report["errors"] and not (phase.may_fail or (behind and may_saturate)):
        kinds = ", ".join(f"{count} x {kind}" for kind, count in report["error_kinds"].items())
        first = next(iter(report["error_samples"]), "no words")
        found.append(f"{ERRORS}: {kinds}; the first: {first}")
    if behind and not may_saturate:
        found.append(f"{FELL_BEHIND}, so latency is that of a queue: {behind}")
    return found


def _others(other: Others | None) -> list[str]:
    return [other.said] if other and other.used_over(OTHER_CPU) else []


def _generator_faults(phase: Phase, report: Report) -> list[str]:
    """What the generator, not the strategy, did wrong. A closed loop has no plan to miss."""
    if phase.kind in CLOSED:
        return []
    faults = []
    limit_ms = _lateness_limit_ms(phase, report)
    if report["lateness_p99_ms"] > limit_ms:
        late_ms = report["lateness_p99_ms"]
        faults.append(f"{LATE_STARTS}: p99 {late_ms:.0f} ms, at most {limit_ms:.0f} allowed")
    if phase.kind != "burst" and report["cpu_at_worst"] > GENERATOR_CPU:
        faults.append(
            f"{GENERATOR_AT_ITS_LIMIT} {report['cpu_at_worst']:.0%} of its core in its worst "
            "second, at most 80 % allowed"
        )
    return faults


def _lateness_limit_ms(phase: Phase, report: Report) -> float:
    """20 ms; of a phase that goes on, up to 50 ms as long as that is a fifth of the p99."""
    if phase.kind == "burst" or report["latency_ms"] is None:
        return BURST_LATENESS_MS
    of_p99_ms = LATENESS_SHARE * report["latency_ms"]["p99"]
    return min(max(STEADY_LATENESS_MS, of_p99_ms), LATENESS_AT_MOST_MS)


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
    ends = [end for _, end, how in report["rows"] if how != DROPPED]
    done_per_s = _in_time(report, ends, phase.duration_s) / phase.duration_s
    return done_per_s < ACHIEVED_SHARE * planned_per_s


def _achieved_per_s(phase: Phase, report: Report, answered: int) -> float:
    """Answers a second; of a paced phase only those that came while it was meant to last."""
    if phase.kind not in PACED:
        return answered / report["duration_s"] if report["duration_s"] else 0.0
    return answers_in_time_per_s(report, phase.duration_s)


def answers_in_time_per_s(report: Report, duration_s: float) -> float:
    """Good answers of a paced phase that came while it was meant to last."""
    ends = [end for _, end, _ in well_answered(report["rows"])]
    return _in_time(report, ends, duration_s) / duration_s


def _in_time(report: Report, ends_ms: Sequence[float], duration_s: float) -> int:
    """How many ended while the phase was meant to last.

    What an unhurried service takes for one answer, the median of the first half, is added to that
    time: the last requests are meant to start at its very end.
    """
    end_ms = duration_s * 1_000
    good = well_answered(report["rows"])
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
        "(4 s, quick 1.5 s) and counted; dropped and failed ones are no less late than that",
        "phases": phases,
    }
