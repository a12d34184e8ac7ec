"""Whoever is followed most publishes, while followers poll their feeds."""

import random
from collections.abc import Iterator
from itertools import cycle, islice

from loadtests.mixes.endless import EndlessMix
from loadtests.mixes.request import Request
from loadtests.mixes.writing import publish
from loadtests.population import Population

POLLERS = 200  # of the followers; the others are away, and cost what the strategy does for them
POLLS_A_POST = 50


def polling(population: Population, seed: int) -> EndlessMix:
    """The pollers in turn, and nobody publishes: it fills their feeds."""
    return EndlessMix(seed, lambda _rng: _polls(population, seed))


def celebrity(population: Population, seed: int) -> EndlessMix:
    """The same with a post of the celebrity's after each so many polls."""

    def stream(rng: random.Random) -> Iterator[Request]:
        polls = _polls(population, seed)
        while True:
            yield from islice(polls, POLLS_A_POST)
            yield publish(rng, population.celebrity)

    return EndlessMix(seed, stream)


def pollers(population: Population, seed: int) -> list[str]:
    """Whose feeds are polled. Raises ValueError where nobody who follows can sign in."""
    fans = [fan for fan in population.fans if fan in population.tokens]
    if not fans:
        raise ValueError("This mix needs --population with tokens and the celebrity's followers.")
    return random.Random(f"{seed}:pollers").sample(fans, min(POLLERS, len(fans)))


def _polls(population: Population, seed: int) -> Iterator[Request]:
    return (
        Request("feed", "GET", "/v1/feed", reader) for reader in cycle(pollers(population, seed))
    )
