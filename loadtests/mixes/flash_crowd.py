"""A crowd on a few accounts, over people who look around as ever.

As on Twitter around 4 July 2012 (SNAP's Higgs data set): at its height one account drew 14 % of
everything, and ten drew 33 %. The crowd reads their newest posts and answers there as well.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from heapq import nlargest

from loadtests.mixes.browse import browse
from loadtests.mixes.endless import EndlessMix
from loadtests.mixes.request import Request
from loadtests.mixes.writing import comment, vote
from loadtests.population import UNKNOWN, Population

FIRST_SHARE, TEN_SHARE = 0.14, 0.33
ACCOUNTS = 10
ABOUT = {
    "post": 0.50,
    "comments": 0.20,
    "author_posts": 0.12,
    "profile": 0.08,
    "vote": 0.07,
    "comment": 0.03,
}


def flash_crowd(population: Population, seed: int) -> EndlessMix:
    """The crowd, and the others."""
    accounts = _accounts(population)
    others = (TEN_SHARE - FIRST_SHARE) / max(1, len(accounts) - 1)
    shares = [FIRST_SHARE, *[others] * (len(accounts) - 1)]
    members = [handle for handle in population.handles if handle in population.tokens]
    everyday = browse(population, seed)

    def stream(rng: random.Random) -> Iterator[Request]:
        beside = everyday.requests(f"beside {rng.random()}")
        while True:
            if rng.random() < TEN_SHARE:
                handle, post = rng.choices(accounts, shares)[0]
                yield _about(handle, post, rng, members)
            else:
                yield next(beside)

    return EndlessMix(seed, stream)


def _accounts(population: Population) -> list[tuple[str, int]]:
    """Those followed most that have posted, most followed first, each with its newest post.

    Where nobody knows who wrote what, the posts with the most votes stand for theirs.
    """
    newest: defaultdict[int, int] = defaultdict(int)
    for post, author in zip(population.posts, population.authors, strict=False):
        if author != UNKNOWN:
            newest[author] = max(newest[author], post)
    if not newest:
        places = min(ACCOUNTS, len(population.handles))
        newest.update(enumerate(nlargest(places, population.posts, key=_votes(population))))
    most = sorted(newest, key=lambda author: (-population.followers[author], author))
    return [(population.handles[author], newest[author]) for author in most[:ACCOUNTS]]


def _votes(population: Population) -> Callable[[int], int]:
    return dict(zip(population.posts, population.upvotes, strict=True)).__getitem__


def _about(handle: str, post: int, rng: random.Random, members: list[str]) -> Request:
    kinds = [kind for kind in ABOUT if members or kind not in _WRITTEN]
    kind = rng.choices(kinds, [ABOUT[kind] for kind in kinds])[0]
    if kind in _WRITTEN:
        return _WRITTEN[kind](rng, post, rng.choice(members))
    paths = {
        "post": f"/v1/posts/{post}",
        "comments": f"/v1/posts/{post}/comments",
        "author_posts": f"/v1/users/{handle}/posts",
        "profile": f"/v1/users/{handle}",
    }
    return Request(kind, "GET", paths[kind])


_WRITTEN = {"vote": vote, "comment": comment}
