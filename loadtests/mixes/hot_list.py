"""One expensive list and nothing else: the best of the day, which only time outdates."""

import random
from collections.abc import Iterator

from loadtests.mixes.endless import EndlessMix
from loadtests.mixes.request import TOP_OF_DAY, Request
from loadtests.population import Population

READ = Request("top", "GET", TOP_OF_DAY)


def hot_list(_population: Population, seed: int) -> EndlessMix:
    """Everybody asks for the same."""
    return EndlessMix(seed, _stream)


def _stream(_rng: random.Random) -> Iterator[Request]:
    while True:
        yield READ
