"""The browse mix: a site where most only read. Reads and writes stand 97 to 3."""

from loadtests.mixes.drawn import DrawnMix
from loadtests.population import Population

SHARES: dict[str, float] = {
    "post": 0.32,
    "feed": 0.22,
    "comments": 0.15,
    "profile": 0.08,
    "author_posts": 0.06,
    "reputation": 0.06,
    "trending": 0.04,
    "top": 0.04,
    "vote": 0.018,
    "comment": 0.0075,
    "publish": 0.0024,
    "follow": 0.0021,
}


def browse(population: Population, seed: int) -> DrawnMix:
    """People who look around, over this population."""
    return DrawnMix(population, seed, SHARES)
