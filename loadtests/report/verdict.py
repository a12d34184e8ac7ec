"""Goals and conditions in plain words. What broke its conditions gets no verdict."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from loadtests.report import units
from loadtests.report.foundations import every_fault, how_many_broke
from loadtests.report.reading import STRATEGIES, Result, at, number, objects, state, text, words
from loadtests.report.showing import UNITS, shown

Outcome = Literal["met", "missed", "open"]

MARKS: dict[Outcome, str] = {"met": "✓", "missed": "✗", "open": units.UNKNOWN}

NO_VERDICT = "INVALID RUN: no verdict"
PARTLY_USE = "What rests on that has no verdict and no comparison; everything else stands."
INVALID_USE = "The figures below are for finding the cause, not for quoting."


@dataclass(frozen=True)
class Judged:
    """One goal: what was wanted of whom, how it went, what was measured, and why it is so."""

    strategy: str
    text: str
    outcome: Outcome
    measured: str
    limit: str
    cause: str

    @property
    def finding(self) -> str:
        """Figure, mark and cause in a sentence or two."""
        figure = f"measured {self.measured}" if self.measured else "not measured"
        mark = f"{figure}; the mark is {self.limit}" if self.limit else figure
        return f"{mark}. {self.cause}" if self.cause else f"{mark}."


def judged(result: Result) -> list[Judged]:
    """Every goal of the run, in its order; all open when the run is invalid."""
    open_all = state(result) == "invalid"
    return [judge(goal, STRATEGIES, open_all=open_all) for goal in objects(result, "goals")]


def headline(result: Result) -> str:
    """The verdict in one sentence."""
    if state(result) == "invalid":
        return f"{NO_VERDICT}. The run broke its own conditions; its figures prove nothing."
    found = judged(result)
    said = tally(found) if found else "This run has no goals to be held to."
    if state(result) == "valid":
        return said
    if any(goal.outcome == "open" for goal in found):
        return f"{said.removesuffix('.')}: {how_many_broke(result)}."
    return f"{said} {how_many_broke(result)}."


def tally(goals: list[Judged]) -> str:
    """How many of these goals were met, missed, and could not be judged."""
    found = [goal.outcome for goal in goals]
    parts = [f"{found.count('met')} of {units.plural(len(found), 'goal')} met"]
    if missed := found.count("missed"):
        parts.append(f"{missed} missed")
    if unknown := found.count("open"):
        parts.append(f"{unknown} without a verdict")
    return ", ".join(parts) + "."


def broken_conditions(result: Result) -> list[str]:
    """Why the run, or a phase of it, has no verdict, a line each; empty for a valid one."""
    match state(result):
        case "valid":
            return []
        case "partly":
            return every_fault(result)
        case "invalid":
            said = words(result, "conditions", "why")
            return said or ["The run does not say that it was valid."]


def moment(result: Result) -> str:
    """When the run was made: 23 November 2026, 06:10 UTC."""
    written = text(result, "created_at")
    try:
        when = datetime.fromisoformat(written)
    except ValueError:
        return written or "at an unknown time"
    return f"{when.day} {when:%B %Y, %H:%M %Z}".strip()


def conditions_line(result: Result) -> str:
    """The conditions under which the run was made, on one line."""
    phases = objects(result, "conditions", "phases")
    facts = [
        _validity(result),
        "quick run, short phases" if at(result, "quick") else "",
        _fact(result, "conditions", "server_processes", show=_processes),
        f"rate limits off for {off}" if (off := text(result, "conditions", "unlimited")) else "",
        "shared stores" if at(result, "conditions", "shared_stores") else "",
        *worst_of(phases),
    ]
    return " · ".join(fact for fact in facts if fact)


def worst_of(phases: list[dict[str, Any]]) -> list[str]:
    """The worst that any of the phases saw; empty where a thing is not known."""
    return [
        _worst(phases, "generator_cpu", "generator at most {} of a core", units.share),
        _worst(phases, "other_cpu", "anything else at most {}", units.share),
        _worst(phases, "start_lateness_p99_ms", "starts late by at most {} (p99)", units.duration),
        _dropped(phases),
    ]


def _validity(result: Result) -> str:
    words = {"valid": "valid", "partly": how_many_broke(result), "invalid": "INVALID"}
    return words[state(result)]


def judge(goal: dict[str, Any], owners: Collection[str], *, open_all: bool) -> Judged:
    """A goal of the run's; the owner's name stands before its text. None is met if `open_all`."""
    said = text(goal, "text") or text(goal, "id") or "unnamed goal"
    name, _, rest = said.partition(": ")
    owner, wanted = (name, rest) if name in owners and rest else ("", said)
    met = None if open_all else at(goal, "met")
    outcome: Outcome = "open" if met is None else "met" if met else "missed"
    unit = text(goal, "unit")
    value, limit = number(goal, "value"), number(goal, "limit")
    return Judged(
        owner,
        wanted,
        outcome,
        measured="" if value is None else f"{_bound(goal)}{_in(value, unit)}",
        limit="" if limit is None else _in(limit, unit),
        cause=_cause(goal, outcome),
    )


def _bound(goal: dict[str, Any]) -> str:
    said = text(goal, "is_bound")
    return f"{said} " if said else ""


def _cause(goal: dict[str, Any], outcome: Outcome) -> str:
    why = text(goal, "why")
    return _sentence(why) if why and outcome != "met" else ""


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _in(value: float, unit: str) -> str:
    if unit in {"ratio", "share"}:
        return units.share(value).replace(".0 %", " %")
    if unit in UNITS:
        return shown(value, unit)
    singular = unit.removesuffix("s")
    return units.plural(value, singular) if singular else units.three_digits(value)


def _fact(result: Result, *path: str, show: Callable[[float], str]) -> str:
    value = number(result, *path)
    return "" if value is None else show(value)


def _processes(value: float) -> str:
    return f"{units.count(value)} server processes"


def _worst(phases: list[Any], key: str, text: str, show: Callable[[float], str]) -> str:
    values = [value for phase in phases if (value := number(phase, key)) is not None]
    return text.format(show(max(values))) if values else ""


def _dropped(phases: list[Any]) -> str:
    total = sum(number(phase, "dropped") or 0 for phase in phases)
    return f"{units.plural(total, 'start')} dropped" if total else ""
