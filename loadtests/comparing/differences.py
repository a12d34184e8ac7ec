"""What differs between two runs, and whether it differs by more than either run's repeats do.

Two sets of repeats are told apart when they do not overlap: all of one run's lie beyond all of the
other's. Drawn from one and the same distribution, n and m repeats fall so with a chance of
2 / C(n + m, n): 0.8 % for five and five, 2.9 % for four and four. Where that chance is above 5 %,
as for three and three, nothing is said.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import comb
from typing import Literal

from loadtests.comparing.comparable import other_rate
from loadtests.trials.schema import Figure, Spread, Trials

Verdict = Literal["better", "worse", "differs", "within the spread", "too few repeats"]

CHANCE = 0.05
LEAST_CHANGE = 0.03  # a difference that is real and nobody would notice alarms nobody


@dataclass(frozen=True)
class Difference:
    """One figure of one subject in one scenario. `change` of the medians; None from zero."""

    scenario: str
    subject: str
    name: str
    figure: Figure
    before: Spread
    after: Spread
    verdict: Verdict

    @property
    def change(self) -> float | None:
        """Share of the median before, as 0.5 for half as much again."""
        was, became = self.before["median"], self.after["median"]
        if was == became:
            return 0.0
        return (became - was) / was if was else None


@dataclass(frozen=True)
class Comparison:
    """All differences, in the order of the run before; `left_out` says what was not compared."""

    differences: list[Difference]
    left_out: list[str]

    @property
    def worse(self) -> list[Difference]:
        """What got worse beyond its spread."""
        return [one for one in self.differences if one.verdict == "worse"]

    @property
    def by_chance(self) -> float:
        """How many differences as clear as these chance alone would show, at most."""
        judged = [one for one in self.differences if one.verdict != "too few repeats"]
        return sum(chance(one.before["valid"], one.after["valid"]) for one in judged)


def compare(before: Trials, after: Trials, *, least_change: float = LEAST_CHANGE) -> Comparison:
    """Every figure that both runs have. The runs must be comparable: `refusals`."""
    rates = {one["name"]: one["rates"] for one in before["scenarios"]}
    found: list[Difference] = []
    left_out: list[str] = []
    for scenario, subjects in before["summary"].items():
        if scenario not in after["summary"]:
            left_out.append(f"{scenario}: only in the run before")
        elif reason := other_rate(before, after, rates.get(scenario, ())):
            left_out.append(f"{scenario}: {reason}")
        else:
            for subject, was in subjects.items():
                became = after["summary"][scenario].get(subject, {})
                found += _differences(
                    scenario, subject, before["figures"], was, became, least_change
                )
    left_out += [
        f"{scenario}: only in the run after"
        for scenario in after["summary"]
        if scenario not in before["summary"]
    ]
    return Comparison(found, left_out)


def _differences(
    scenario: str,
    subject: str,
    figures: dict[str, Figure],
    before: dict[str, Spread],
    after: dict[str, Spread],
    least_change: float,
) -> Iterator[Difference]:
    for name, was in before.items():
        if name in after and name in figures:
            verdict = judged(was, after[name], figures[name], least_change)
            yield Difference(scenario, subject, name, figures[name], was, after[name], verdict)


def judged(before: Spread, after: Spread, figure: Figure, least_change: float) -> Verdict:
    """The verdict over one figure."""
    if chance(before["valid"], after["valid"]) > CHANCE:
        return "too few repeats"
    rose, fell = after["least"] > before["most"], after["most"] < before["least"]
    step = abs(after["median"] - before["median"])
    if not (rose or fell) or step < least_change * abs(before["median"]):
        return "within the spread"
    if figure["better"] == "neither":
        return "differs"
    return "better" if fell == (figure["better"] == "lower") else "worse"


def chance(before: int, after: int) -> float:
    """How probable it is that so many equal repeats do not overlap."""
    return 2 / comb(before + after, before)
