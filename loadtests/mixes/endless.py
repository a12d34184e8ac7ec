"""Endless requests from one stream: one seed and label, one trace."""

import random
from collections.abc import Callable, Iterator
from itertools import islice

from loadtests.mixes.request import WRITES, Request

Stream = Callable[[random.Random], Iterator[Request]]


class EndlessMix:
    """Requests of an endless `stream`; each label has dice of its own."""

    def __init__(self, seed: int, stream: Stream) -> None:
        self._seed = seed
        self._stream = stream

    def requests(self, label: str) -> Iterator[Request]:
        """Endless requests. The same seed and label give the same ones."""
        return self._stream(random.Random(f"{self._seed}:{label}"))

    def trace(self, label: str, length: int) -> list[Request]:
        """The first `length` of `requests`."""
        return list(islice(self.requests(label), length))

    def compact_trace(self, label: str, length: int) -> list[Request]:
        """A shorter trace that leaves a cache as the first `length` requests would.

        Of reads of the same thing only the last is kept, in its place: the earlier ones change
        nothing that it does not change again. Writes are all kept. So a cache that would take
        minutes to reach its steady state is there in a fraction of the loads.
        """
        kept: list[Request] = []
        later: set[tuple[str, str | None]] = set()
        for request in reversed(self.trace(label, length)):
            if request.kind in WRITES:
                kept.append(request)
            elif request.cached_as not in later:
                later.add(request.cached_as)
                kept.append(request)
        return kept[::-1]
