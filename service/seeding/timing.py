"""When things happen: posts along a day curve, the rest soon after what it belongs to."""

import math
import random
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
BUSIEST_HOUR = 19  # UTC
DAY_CURVE = 0.4  # 40 % above the mean at the busiest hour, 40 % below at the quietest
HALF_REACHED_MS = 3 * HOUR_MS  # half of all votes and comments come within this time


def post_times(number: int, start_ms: int, end_ms: int, rng: random.Random) -> "array[int]":
    """Ascending times; more by day than by night, the last one at the end."""
    hours = max(1, math.ceil((end_ms - start_ms) / HOUR_MS))
    width = (end_ms - start_ms) / hours
    rate = [1 + DAY_CURVE * _daylight(start_ms + (hour + 0.5) * width) for hour in range(hours)]
    passed = list(accumulate(rate, initial=0.0))
    draws = sorted(rng.random() * passed[-1] for _ in range(number - 1))
    times = array("q", [int(start_ms + width * _inverse(passed, draw)) for draw in draws])
    times.append(end_ms)
    return times


def _daylight(ms: float) -> float:
    return math.cos((ms / HOUR_MS - BUSIEST_HOUR) * math.tau / 24)


def _inverse(passed: Sequence[float], value: float) -> float:
    index = max(1, bisect_left(passed, value))
    return index - 1 + (value - passed[index - 1]) / (passed[index] - passed[index - 1])


def reach(age_ms: int) -> float:
    """The part of its votes and comments that something of this age has had, 0 to 1."""
    return age_ms / (age_ms + HALF_REACHED_MS)


class Later:
    """Draws times after something that happened, not later than now."""

    def __init__(self, now_ms: int, rng: random.Random) -> None:
        self._now_ms = now_ms
        self._rand = rng.random

    def after(self, ms: int) -> int:
        """A time after `ms`."""
        part = self._rand() * reach(self._now_ms - ms)
        return ms + int(HALF_REACHED_MS * part / (1 - part))
