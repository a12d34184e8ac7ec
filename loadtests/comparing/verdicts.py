"""Whether two sets of repeats differ by more than their spread, and whether that can be told.

Two sets of repeats are told apart when they do not overlap: all of one run's lie beyond all of the
other's. Drawn from one and the same distribution, n and m repeats fall so with a chance of
2 / C(n + m, n): 0.8 % for five and five, 2.9 % for four and four. Where that chance is above 5 %,
as for three and three, nothing is said.
"""

from math import comb
from typing import Literal

from loadtests.trials.bounds import greatest
from loadtests.trials.schema import Figure, Spread

# "lost": what the run before knew and the run after does not, such as whether it ever recovered.
Verdict = Literal["better", "worse", "differs", "within the spread", "too few repeats", "lost"]

CHANCE = 0.05
LEAST_CHANGE = 0.03  # a difference that is real and nobody would notice alarms nobody
WHOLE = 5  # repeats of a run that was made to be compared


def judged(before: Spread, after: Spread, figure: Figure, least_change: float) -> Verdict:
    """The verdict over one figure. A number that is a bound may be any more: it never fell."""
    if chance(before["valid"], after["valid"]) > CHANCE:
        return "too few repeats"
    rose = after["least"] > greatest(before, "most")
    fell = greatest(after, "most") < before["least"]
    step = abs(after["median"] - before["median"])
    if not (rose or fell) or step < least_change * abs(before["median"]):
        return "within the spread"
    if figure["better"] == "neither":
        return "differs"
    return "better" if fell == (figure["better"] == "lower") else "worse"


def is_open(before: Spread, after: Spread) -> bool:
    """Whether they may be apart, for all that is known: some of their numbers are bounds."""
    has_bounds = "at_least" in before or "at_least" in after
    may_rise = greatest(after, "least") > before["most"]
    may_fall = greatest(before, "least") > after["most"]
    return has_bounds and (may_rise or may_fall)


def can_be_judged(before: Spread) -> bool:
    """Whether a whole run beside it would be told from it, had it changed."""
    return chance(before["valid"], WHOLE) <= CHANCE


def chance(before: int, after: int) -> float:
    """How probable it is that so many equal repeats do not overlap."""
    return 2 / comb(before + after, before)
