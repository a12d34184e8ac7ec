"""What a run of trials says of one figure, and a goal made of it; no verdict without evidence."""

from dataclasses import dataclass
from math import isinf
from typing import NamedTuple

from loadtests.result import Goal
from loadtests.trials.bounds import greatest
from loadtests.trials.schema import End, Spread, Trials

LEAST_VALID = 3  # repeats; and more than half of those that were made


@dataclass(frozen=True)
class Of:
    """A figure of one subject in one scenario."""

    subject: str
    scenario: str
    figure: str


class About(NamedTuple):
    """What a goal is called: in results, to people, and what it is counted in."""

    name: str
    text: str
    unit: str


@dataclass(frozen=True)
class Range:
    """Where a value lies: the same twice where it is known, up to infinity where it is a bound."""

    low: float
    high: float

    @property
    def number(self) -> float | None:
        """What is known of it, to be shown; None where nothing is."""
        if not isinf(self.high):
            return self.high
        return self.low or None

    def is_at_most(self, limit: float) -> bool | None:
        """None where it cannot be told."""
        if self.high <= limit:
            return True
        return False if self.low > limit else None

    def is_at_least(self, limit: float) -> bool | None:
        """None where it cannot be told."""
        if self.low >= limit:
            return True
        return False if self.high < limit else None


def exactly(value: float) -> Range:
    """A value that is known."""
    return Range(value, value)


def spread_of(trials: Trials, one: Of) -> Spread | None:
    """Over its valid repeats; None when there is none that knows the figure."""
    return trials["summary"].get(one.scenario, {}).get(one.subject, {}).get(one.figure)


def median_of(trials: Trials, one: Of) -> float | None:
    """The median of its valid repeats."""
    spread = spread_of(trials, one)
    return spread["median"] if spread else None


def range_of(trials: Trials, one: Of, end: End = "median") -> Range | None:
    """Where this number of its spread lies, which need not be known exactly."""
    spread = spread_of(trials, one)
    return Range(spread[end], greatest(spread, end)) if spread else None


def ratio_of(trials: Trials, part: Of, whole: Of) -> Range | None:
    """The one median by the other; None when one is not known, or the other is nothing."""
    numerator, denominator = range_of(trials, part), range_of(trials, whole)
    if numerator is None or denominator is None or not denominator.low:
        return None
    return Range(numerator.low / denominator.high, numerator.high / denominator.low)


def lacking(trials: Trials, *needed: Of) -> str:
    """Why there is no verdict: the first of these figures that too few valid repeats gave."""
    for one in needed:
        spread = spread_of(trials, one)
        if spread is None:
            return f"no verdict: {_why(trials, one)}"
        if few := too_few(spread):
            return f"no verdict: {one.subject}, {one.scenario}: {few}"
    return ""


def too_few(spread: Spread) -> str:
    """Why no verdict rests on so few repeats; empty where they are enough."""
    valid, of = spread["valid"], spread["of"]
    if of == 1:
        return "one repeat"
    if valid < LEAST_VALID or 2 * valid <= of:
        return f"{valid} of {of} repeats, where {max(LEAST_VALID, of // 2 + 1)} are needed"
    return ""


def _why(trials: Trials, one: Of) -> str:
    played = [
        trial
        for trial in trials["trials"]
        if (trial["subject"], trial["scenario"]) == (one.subject, one.scenario)
    ]
    if not played:
        return f"{one.subject} was not played in {one.scenario}"
    for trial in played:
        if one.figure in trial["unknown"]:
            return f"{one.subject}, {one.scenario}: {trial['unknown'][one.figure]}"
    reason = next((why for trial in played for why in trial["why"]), f"no {one.figure}")
    return f"{one.subject} has no valid repeat in {one.scenario}: {reason}"


def at_most(about: About, value: Range | None, limit: float, *, why: str = "") -> Goal:
    """A goal that is met up to the limit; with a `why` there is no verdict."""
    met = None if value is None else value.is_at_most(limit)
    return _goal(about, value, limit, met, why)


def at_least(about: About, value: Range | None, limit: float, *, why: str = "") -> Goal:
    """A goal that is met from the limit on; with a `why` there is no verdict."""
    met = None if value is None else value.is_at_least(limit)
    return _goal(about, value, limit, met, why)


def _goal(about: About, value: Range | None, limit: float, met: bool | None, why: str) -> Goal:
    known = None if value is None else value.number
    if value is None and not why:
        why = "no verdict: what it would be a share of is nothing"
    if value is not None and met is None and not why:
        why = "no verdict: of what was measured only bounds are known"
    found = Goal(
        id=about.name,
        text=about.text,
        value=known,
        limit=limit,
        unit=about.unit,
        met=None if why else met,
        why=why,
    )
    if value is not None and known is not None and value.low != value.high:
        found["is_bound"] = "at least" if isinf(value.high) else "at most"
    return found
