"""Posts that do not exist, under ids that could have been given out: old links, and guesses."""

import random
from collections.abc import Iterator

from loadtests.mixes.endless import EndlessMix
from loadtests.mixes.request import Request
from loadtests.population import Population

POOL = 50  # dead links that are followed again and again
POOL_SHARE = 0.7  # the rest are ids that nobody asked for before
NOT_FOUND = 404


def missing(population: Population, seed: int) -> EndlessMix:
    """Ids between the oldest and the newest that no post has."""
    there = set(population.posts)
    oldest, newest = min(there), max(there)

    def absent(rng: random.Random) -> int:
        while (post := rng.randint(oldest, newest)) in there:
            pass
        return post

    pool = [absent(random.Random(f"{seed}:pool:{number}")) for number in range(POOL)]

    def stream(rng: random.Random) -> Iterator[Request]:
        while True:
            again = rng.random() < POOL_SHARE
            kind, post = ("known", rng.choice(pool)) if again else ("new", absent(rng))
            yield Request(kind, "GET", f"/v1/posts/{post}", expects=NOT_FOUND)

    return EndlessMix(seed, stream)
