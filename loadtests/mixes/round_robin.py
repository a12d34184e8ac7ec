"""Some posts in turn: each is asked for as often as the others, at equal distance."""

import random
from collections.abc import Iterator

from loadtests.mixes.endless import EndlessMix
from loadtests.mixes.request import Request
from loadtests.population import Population

POSTS = 60


def round_robin(population: Population, seed: int) -> EndlessMix:
    """The same posts in the same order under every label, so that one trace fills for another."""
    everything = population.posts
    posts = random.Random(f"{seed}:round").sample(everything, min(POSTS, len(everything)))

    def stream(_rng: random.Random) -> Iterator[Request]:
        while True:
            for post in posts:
                yield Request("post", "GET", f"/v1/posts/{post}")

    return EndlessMix(seed, stream)
