"""What the public lists of a service tell of its people and posts."""

from collections.abc import Iterable, Mapping
from typing import Any

from loadtests.population import Population

LISTS = ("/v1/posts?sort=top&window=all&limit=100", "/v1/trending/posts?limit=100")


def population_of(pages: Iterable[Mapping[str, Any]]) -> Population:
    """The posts in these lists, their authors by how many of them they wrote, and no tokens.

    Raises ValueError, KeyError or TypeError for what is no list of posts.
    """
    votes: dict[int, int] = {}
    writers: dict[int, str] = {}
    for page in pages:
        for item in page["items"]:
            post = int(item["id"])
            votes[post] = int(item["counts"]["upvotes"])
            writers[post] = item["author"]["handle"]
    handles = list(dict.fromkeys(writers.values()))
    written = list(writers.values())
    return Population(
        handles=handles,
        followers=[written.count(handle) for handle in handles],
        posts=list(votes),
        upvotes=list(votes.values()),
        tokens={},
        authors=[handles.index(handle) for handle in written],
    )
