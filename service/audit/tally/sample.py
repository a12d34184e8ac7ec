"""Sample: a fair choice of so many out of all that pass, without knowing how many will."""

import random
from typing import Generic, TypeVar

T = TypeVar("T")


class Sample(Generic[T]):
    """A reservoir. Ask `wants` of each that passes; `keep` what was chosen."""

    __slots__ = ("_most", "_rand", "kept", "passed")

    def __init__(self, most: int, rand: random.Random) -> None:
        self._most = most
        self._rand = rand
        self.kept: list[T] = []
        self.passed = 0

    def wants(self) -> int | None:
        """The place of the one that passes now, if it was chosen."""
        self.passed += 1
        if self.passed <= self._most:
            return self.passed - 1
        place = self._rand.randrange(self.passed)
        return place if place < self._most else None

    def keep(self, place: int, value: T) -> None:
        """Put a chosen one in its place; one that vanished leaves what was there."""
        if place < len(self.kept):
            self.kept[place] = value
        elif len(self.kept) < self._most:
            self.kept.append(value)

    def merge(self, other: "Sample[T]") -> None:
        """A fair choice of both, by how many passed each."""
        both = self.passed + other.passed
        if both and len(self.kept) + len(other.kept) > self._most:
            share = self.passed / both
            mine = min(len(self.kept), round(self._most * share))
            theirs = min(len(other.kept), self._most - mine)
            self.kept = [
                *self._rand.sample(self.kept, mine),
                *self._rand.sample(other.kept, theirs),
            ]
        else:
            self.kept = [*self.kept, *other.kept]
        self.passed = both
