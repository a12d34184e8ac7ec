"""What a run of trials says of one figure, and a goal made of it; no verdict without evidence."""

from dataclasses import dataclass

from loadtests.result import Goal
from loadtests.trials.schema import Spread, Trials


@dataclass(frozen=True)
class Of:
    """A figure of one subject in one scenario."""

    subject: str
    scenario: str
    figure: str


def spread_of(trials: Trials, one: Of) -> Spread | None:
    """Over its valid repeats; None when there is none that knows the figure."""
    return trials["summary"].get(one.scenario, {}).get(one.subject, {}).get(one.figure)


def median_of(trials: Trials, one: Of) -> float | None:
    """The median of its valid repeats."""
    spread = spread_of(trials, one)
    return spread["median"] if spread else None


def ratio_of(trials: Trials, part: Of, whole: Of) -> float | None:
    """The one median by the other; None when one is not known, or the other is nothing."""
    numerator, denominator = median_of(trials, part), median_of(trials, whole)
    return numerator / denominator if numerator is not None and denominator else None


def lacking(trials: Trials, *needed: Of) -> str:
    """Why there is no verdict: the first of these figures that no valid repeat gave."""
    for one in needed:
        if spread_of(trials, one) is None:
            return f"no verdict: {_why(trials, one)}"
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


def at_most(
    about: tuple[str, str, str], value: float | None, limit: float, *, why: str = ""
) -> Goal:
    """A goal (id, text, unit) that is met up to the limit."""
    return _goal(about, value, limit, None if value is None else value <= limit, why)


def at_least(
    about: tuple[str, str, str], value: float | None, limit: float, *, why: str = ""
) -> Goal:
    """A goal (id, text, unit) that is met from the limit on."""
    return _goal(about, value, limit, None if value is None else value >= limit, why)


def _goal(
    about: tuple[str, str, str], value: float | None, limit: float, met: bool | None, why: str
) -> Goal:
    name, text, unit = about
    return Goal(id=name, text=text, value=value, limit=limit, unit=unit, met=met, why=why)
