"""Figures that are only known to be no less than some number: who never came back, or never ended.

A number that is a bound may be any more. The k-th of some such values is no less than the k-th of
their numbers, and is just that when none of the first k is a bound.
"""

from collections.abc import Sequence
from math import inf
from statistics import median

from loadtests.trials.schema import End, Spread

Known = tuple[float, bool]  # a number, and whether it is a bound


def spread_of_known(values: Sequence[Known], *, of: int) -> Spread:
    """The spread of at least one value, out of `of` repeats."""
    ranked = sorted(values)
    numbers = [number for number, _ in ranked]
    first = next((rank for rank, (_, is_bound) in enumerate(ranked) if is_bound), len(ranked))
    last_rank: dict[End, int] = {"median": len(ranked) // 2, "least": 0, "most": len(ranked) - 1}
    found = Spread(
        median=median(numbers),
        least=numbers[0],
        most=numbers[-1],
        valid=len(numbers),
        of=of,
    )
    if bounds := [end for end, rank in last_rank.items() if rank >= first]:
        found["at_least"] = bounds
    return found


def is_bound(spread: Spread, end: End) -> bool:
    """Whether that number of the spread may be any more."""
    return end in spread.get("at_least", ())


def greatest(spread: Spread, end: End) -> float:
    """The most that this number of the spread can be: infinity where it is a bound."""
    return inf if is_bound(spread, end) else spread[end]
