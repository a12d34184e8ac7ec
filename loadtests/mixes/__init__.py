"""What people ask for, how often, and in whose name: one file a mix, by the name plans use."""

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from loadtests.mixes.browse import browse
from loadtests.mixes.community import community
from loadtests.mixes.request import Request
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
}
