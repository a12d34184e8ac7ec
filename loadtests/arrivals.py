"""When requests are meant to start: open-loop schedules, seeded, in seconds from the beginning."""

import random
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import exp, log, sqrt


def poisson(rate_per_s: float, rng: random.Random) -> Iterator[float]:
    """Endless independent arrivals: exponential gaps of mean 1 / rate."""
    at_s = 0.0
    while True:
        at_s += rng.expovariate(rate_per_s)
        yield at_s


def steady(rate_per_s: float, duration_s: float, rng: random.Random) -> list[float]:
    """Poisson arrivals until `duration_s`, scaled so that exactly rate x duration are planned.

    A Poisson stream of known count is that many uniform draws, sorted: the gaps stay exponential,
    while every seed plans the same number.
    """
    return sorted(rng.uniform(0, duration_s) for _ in range(round(rate_per_s * duration_s)))


def shaped(points: Sequence[tuple[float, float]], rng: random.Random) -> list[float]:
    """Poisson arrivals whose rate goes in straight lines through (at_s, rate_per_s).

    Each stretch gets as many starts as its area, spread by the rate within it: every seed plans
    the same number.
    """
    starts: list[float] = []
    for (from_s, from_per_s), (to_s, to_per_s) in pairwise(points):
        length_s = to_s - from_s
        starts += [
            from_s + length_s * _on_a_line(from_per_s, to_per_s, rng.random())
            for _ in range(round((from_per_s + to_per_s) / 2 * length_s))
        ]
    return sorted(starts)


def _on_a_line(low: float, high: float, share: float) -> float:
    """Where in a stretch (0 to 1) that share of the area under a straight line is reached."""
    if low == high:
        return share
    root = sqrt(low**2 + share * (high**2 - low**2))
    return (root - low) / (high - low)


class ExponentialRamp:
    """Poisson arrivals whose rate grows by the same factor in every second."""

    def __init__(self, from_per_s: float, to_per_s: float, duration_s: float) -> None:
        self._from_per_s = from_per_s
        self._growth = log(to_per_s / from_per_s) / duration_s
        self._duration_s = duration_s

    def rate_per_s(self, at_s: float) -> float:
        """The planned rate at that time."""
        return self._from_per_s * exp(self._growth * at_s)

    def arrivals(self, rng: random.Random) -> list[float]:
        """Starts up to the end of the ramp: unit-rate arrivals through the inverse of its area."""
        found = []
        for area in poisson(1.0, rng):
            at_s = log(1 + area * self._growth / self._from_per_s) / self._growth
            if at_s > self._duration_s:
                break
            found.append(at_s)
        return found


def burst(requests: int, within_s: float) -> list[float]:
    """Evenly spaced starts, the first at 0 and all of them before `within_s`."""
    return [number * within_s / requests for number in range(requests)]
