"""One post that everybody reads, votes on and comments on: reads and writes stand 60 to 40."""

import random
from collections.abc import Iterator

from loadtests.mixes.endless import EndlessMix
from loadtests.mixes.request import Request
from loadtests.mixes.writing import comment, vote
from loadtests.population import Population

SHARES = {"post": 0.40, "comments": 0.20, "vote": 0.30, "comment": 0.10}
SIGNED_IN_SHARE = 0.5  # of reads


def hot_post(population: Population, seed: int) -> EndlessMix:
    """People on one post; nobody writes where nobody can sign in."""
    members = [handle for handle in population.handles if handle in population.tokens]
    post = population.hottest_post
    kinds = list(SHARES) if members else ["post", "comments"]
    weights = [SHARES[kind] for kind in kinds]

    def one(rng: random.Random) -> Request:
        kind = rng.choices(kinds, weights)[0]
        if kind in _WRITTEN:
            return _WRITTEN[kind](rng, post, rng.choice(members))
        signed_in = members and rng.random() < SIGNED_IN_SHARE
        path = f"/v1/posts/{post}" + ("/comments" if kind == "comments" else "")
        return Request(kind, "GET", path, rng.choice(members) if signed_in else None)

    def stream(rng: random.Random) -> Iterator[Request]:
        while True:
            yield one(rng)

    return EndlessMix(seed, stream)


_WRITTEN = {"vote": vote, "comment": comment}
