"""Months in which people come and go: who has left is not asked about again.

A trace is cut into `MONTHS` of equal length. Each month the same number of people and of posts is
new and as many leave, and the requests are those of the browse mix among whoever is there.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar

from loadtests.mixes.browse import browse
from loadtests.mixes.drawn import DrawnMix
from loadtests.mixes.request import Request
from loadtests.population import Population

MONTHS = 18
STAYS_MONTHS = 4

T = TypeVar("T")


class Turnover:
    """The browse mix over one slice of the population after another."""

    def __init__(self, population: Population, seed: int) -> None:
        self._population = shuffled(population, seed)
        self._seed = seed

    def requests(self, label: str) -> Iterator[Request]:
        """Endless requests of a first month that does not end: only a trace has a last one."""
        return self._month(0).requests(label)

    def trace(self, label: str, length: int) -> list[Request]:
        """All months, in order; together `length` requests."""
        edges = [round(length * month / MONTHS) for month in range(MONTHS + 1)]
        return [
            request
            for month, (start, end) in enumerate(pairwise(edges))
            for request in self._month(month).trace(f"{label}:{month}", end - start)
        ]

    def compact_trace(self, label: str, length: int) -> list[Request]:
        """The first month's: what a warm cache holds when the months begin."""
        return self._month(0).compact_trace(label, length)

    def _month(self, month: int) -> DrawnMix:
        return browse(there_in(self._population, month), self._seed)


def shuffled(population: Population, seed: int) -> Population:
    """The same people and posts in a random order: who is popular does not come first."""
    rng = random.Random(f"{seed}:turnover")
    people = rng.sample(range(len(population.handles)), len(population.handles))
    posts = rng.sample(range(len(population.posts)), len(population.posts))
    return replace(
        population,
        handles=[population.handles[at] for at in people],
        followers=[population.followers[at] for at in people],
        posts=[population.posts[at] for at in posts],
        upvotes=[population.upvotes[at] for at in posts],
    )


def there_in(population: Population, month: int) -> Population:
    """Whoever and whatever is there in one month (from 0)."""
    return replace(
        population,
        handles=_slice(population.handles, month),
        followers=_slice(population.followers, month),
        posts=_slice(population.posts, month),
        upvotes=_slice(population.upvotes, month),
    )


def _slice(items: Sequence[T], month: int) -> list[T]:
    """Those of `STAYS_MONTHS` arrivals; the last month's latest are the last of all."""
    arrivals = MONTHS + STAYS_MONTHS - 1
    start, end = (len(items) * at // arrivals for at in (month, month + STAYS_MONTHS))
    return list(items[start : max(end, start + 1)])
