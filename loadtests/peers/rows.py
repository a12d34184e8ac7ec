"""Rows of the table before anything is known of them."""

from loadtests.peers.contenders import Contender
from loadtests.peers.result import Side


def empty_side(one: Contender) -> Side:
    """A row of which nothing is known yet."""
    return {
        "key": one.key,
        "title": one.title,
        "versions": {},
        "hot": None,
        "zipf": None,
        "stampede": None,
        "expiry": None,
        "loader_killed": None,
        "cache_killed": None,
        "weight": None,
        "cannot": {},
    }
