"""What people ask for, how often, and in whose name: one file a mix, by the name plans use."""

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from loadtests.mixes.browse import browse
from loadtests.mixes.celebrity import celebrity, polling
from loadtests.mixes.community import community
from loadtests.mixes.flash_crowd import flash_crowd
from loadtests.mixes.hot_list import hot_list
from loadtests.mixes.hot_post import hot_post
from loadtests.mixes.missing import missing
from loadtests.mixes.request import Request
from loadtests.mixes.round_robin import round_robin
from loadtests.mixes.scrolling import scrolling
from loadtests.mixes.turnover import Turnover
from loadtests.population import Population


class Mix(Protocol):
    """Endless requests over one population, and a shorter trace that fills a cache alike."""

    def requests(self, label: str) -> Iterator[Request]:
        """Endless requests. The same seed and label give the same ones."""

    def trace(self, label: str, length: int) -> list[Request]:
        """The first `length` of `requests`."""

    def compact_trace(self, label: str, length: int) -> list[Request]:
        """A shorter trace that leaves a cache as the first `length` requests would."""


MIXES: Mapping[str, Callable[[Population, int], Mix]] = {
    "browse": browse,
    "community": community,
    "celebrity": celebrity,
    "flash-crowd": flash_crowd,
    "hot-list": hot_list,
    "hot-post": hot_post,
    "missing": missing,
    "polling": polling,
    "round-robin": round_robin,
    "scrolling": scrolling,
    "turnover": Turnover,
}
