"""People who page down lists, from the first page to the twentieth, by the answers' cursors."""

import random
from collections.abc import Iterator

from loadtests.mixes.endless import EndlessMix
from loadtests.mixes.request import Request
from loadtests.popularity import Zipf, order_by_weight
from loadtests.population import Population

PAGES = 22
LISTS = {"new": 0.4, "hot": 0.2, "author": 0.2, "comments": 0.2}


def scrolling(population: Population, seed: int) -> EndlessMix:
    """Each request begins a list, and the pages behind it follow as the answers come."""
    rng = random.Random(f"{seed}:lists")
    authors = Zipf(order_by_weight(population.handles, population.followers, rng))
    posts = Zipf(order_by_weight(population.posts, population.upvotes, rng))
    kinds, weights = list(LISTS), list(LISTS.values())

    def path(rng: random.Random) -> str:
        kind = rng.choices(kinds, weights)[0]
        if kind == "author":
            return f"/v1/users/{authors.draw(rng)}/posts"
        if kind == "comments":
            return f"/v1/posts/{posts.draw(rng)}/comments"
        return f"/v1/posts?sort={kind}"

    def stream(rng: random.Random) -> Iterator[Request]:
        while True:
            yield Request(depth(1), "GET", path(rng), pages=PAGES)

    return EndlessMix(seed, stream)


def depth(page: int) -> str:
    """Under which name a page is counted."""
    return next(name for name, last in _DEPTHS.items() if page <= last)


FIRST, NEAR, FAR, DEEP = "page 1", "pages 2-5", "pages 6-14", "page 15 and on"
_DEPTHS: dict[str, float] = {FIRST: 1, NEAR: 5, FAR: 14, DEEP: float("inf")}
