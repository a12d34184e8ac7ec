# SPDX-License-Identifier: MIT
"""Sums: what an event adds, as a whole number, and the score that a member's sums make.

Closes: the undo that leaves a remainder, because floating-point sums depend on their order.
Race (two votes and an undo, in plain floating point):
    1. reader A's vote adds 0.1, reader B's adds 1e16: the sum has no place for the 0.1
    2. B takes the vote back: the sum is 0. A's vote is gone, and nothing will bring it back
  Whole numbers below 2^53 add exactly in any order. A vote grows 2^16-fold within an era of 16
  half-lives, so each era has a sum of its own, and a score is made of the sums by one formula.
Does not: keep a weight exactly. It is rounded to 1/1024 of what weight 1 is at the start of an era:
    at most 0.05 % off for weights from 1. A sum is exact up to 134 million votes in an era.
Use:
    >>> step(1.0, 0.0, half_life_s=3600), step(1.0, 15.5 * 3600, half_life_s=3600)
    ((0, 1024), (0, 47453133))
    >>> score([1024, 0, 0]), score([0, 1024, 0])
    (1024.0, 0.015625)
    >>> collected([Event("post:42", 1.0, 0.0), Event("post:42", 2.0, 0.0)], 1, half_life_s=3600)
    {'post:42': [0, 3072, 0]}

Source: Cormode, Shkapenyuk, Srivastava, Xu, "Forward Decay" (ICDE 2009); Goldberg, "What Every
    Computer Scientist Should Know About Floating-Point Arithmetic" (1991).
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

# Longer eras would leave less room for a sum, shorter ones would be over before an undo comes.
HALF_LIVES = 16

# What an era takes off a score. A power of two: the product is exact.
HALVED = 2.0**-HALF_LIVES

# A lower score is forgotten when an era begins: weight 1 after 110 half-lives or more, a month at
# 6 h. So no score comes near the smallest doubles (2^-1022), where products are exact no more.
FLOOR = 2.0**-100

# The newest eras have sums of their own. What is older has lost 32 half-lives or more.
ERAS = 3

# Of weight 1 at the start of an era. At its end that is 2^26, and a sum has 53 bits.
_UNITS = 1024

# One unit at the start of an era, and what a sum of 53 bits still holds at its end.
_LEAST, _MOST = 0.001, 1e8


class Event(NamedTuple):
    """Something that counts for a member: how much, and when (seconds since the epoch)."""

    member: str
    weight: float
    at_s: float


def step(weight: float, at_s: float, *, half_life_s: float) -> tuple[int, int]:
    """Return the era of an event, and what it adds to the sum of that era.

    Raises ``ValueError`` for a weight that is too small to be a unit or too large to be exact.
    """
    if not _LEAST <= weight <= _MOST:
        raise ValueError(f"A weight must be from {_LEAST} to {_MOST:,.0f}, not {weight}.")
    eras = at_s / (HALF_LIVES * half_life_s)
    era = math.floor(eras)
    return era, round(weight * 2 ** (HALF_LIVES * (eras - era)) * _UNITS)


def score(sums: Sequence[float]) -> float:
    """Make the score of sums, newest era first, in units of the start of the newest."""
    total = 0.0
    for each in reversed(sums):
        total = total * HALVED + each
    return total


def weight_at(units: float, era: int, now_s: float, *, half_life_s: float) -> float:
    """Turn a score in units of ``era`` into the decayed sum of weights at ``now_s``."""
    age = now_s / half_life_s - HALF_LIVES * era
    return float(units / _UNITS * 2.0**-age)


def collected(events: Iterable[Event], era: int, *, half_life_s: float) -> dict[str, list[int]]:
    """Sum up events by member and era: that of ``era``, of the one before, of the oldest."""
    sums: dict[str, list[int]] = {}
    for event in events:
        its_era, units = step(event.weight, event.at_s, half_life_s=half_life_s)
        if 0 <= era - its_era < ERAS:
            sums.setdefault(event.member, [0] * ERAS)[era - its_era] += units
    return sums
