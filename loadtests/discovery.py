"""What the public lists of a service tell of its people and posts."""

from collections.abc import Iterable, Mapping
from typing import Any

from loadtests.population import Population

LISTS = ("/v1/posts?sort=top&window=all&limit=100", "/v1/trending/posts?limit=100")


def population_of(pages: Iterable[Mapping[str, Any]]) -> Population:
    """The posts in these lists, their authors, and no tokens.

    Raises ValueError, KeyError or TypeError for what is no list of posts.
    """
    votes: dict[int, int] = {}
    authors: dict[str, int] = {}
    for page in pages:
        for item in page["items"]:
            votes[int(item["id"])] = int(item["counts"]["upvotes"])
            handle = item["author"]["handle"]
            authors[handle] = authors.get(handle, 0) + 1
    return Population(list(authors), list(authors.values()), list(votes), list(votes.values()), {})
