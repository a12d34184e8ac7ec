"""Tally: all that is told of one pattern."""

import random
from collections import Counter
from collections.abc import Callable

from ..reading import KeyFacts
from ..values.digest import Digest
from .expiries import Expiries
from .histogram import Histogram
from .sample import Sample

EXAMPLES = 3
MOST_KINDS = 16


class Tally:
    """Counts of one pattern's keys; two tallies can become one."""

    __slots__ = (
        "bytes",
        "examples",
        "expiries",
        "idle",
        "keys",
        "kinds",
        "marks",
        "name_bytes",
        "numbers",
        "rough_keys",
        "ttl",
        "unsized_keys",
        "values",
    )

    def __init__(self, samples: int, rand: random.Random, number: int = 0) -> None:
        self.numbers = [number]  # its own, then those of all that were merged into it
        self.keys = 0
        self.bytes = Histogram()
        self.idle = Histogram()
        self.ttl = Histogram()
        self.kinds: Counter[str] = Counter()
        self.marks: dict[int, tuple[int, int]] = {}  # marks -> keys, bytes
        self.expiries = Expiries()
        self.name_bytes = 0
        self.unsized_keys = 0
        self.rough_keys = 0
        self.examples: list[bytes] = []
        self.values: Sample[Digest] = Sample(samples, rand)

    def add(self, fact: KeyFacts, marks: int, now_s: float) -> None:
        """Count one key."""
        self.keys += 1
        self.name_bytes += len(fact.key)
        size = fact.bytes or 0
        if fact.bytes is None:
            self.unsized_keys += 1
        else:
            self.bytes.add(size)
            self.rough_keys += fact.is_rough
        if fact.idle_s is not None:
            self.idle.add(fact.idle_s)
        if fact.expires_ms is not None and fact.expires_ms > 0:
            self.ttl.add(int(fact.expires_ms / 1000 - now_s))
            self.expiries.add(fact.expires_ms // 1000)
        self._count_kind(fact)
        keys, total = self.marks.get(marks, (0, 0))
        self.marks[marks] = (keys + 1, total + size)
        if len(self.examples) < EXAMPLES:
            self.examples.append(fact.key)

    def merge(self, other: "Tally") -> None:
        """Add another pattern's keys."""
        self.numbers += other.numbers
        self.keys += other.keys
        self.name_bytes += other.name_bytes
        self.unsized_keys += other.unsized_keys
        self.rough_keys += other.rough_keys
        self.bytes.merge(other.bytes)
        self.idle.merge(other.idle)
        self.ttl.merge(other.ttl)
        self.kinds.update(other.kinds)
        self.expiries.merge(other.expiries)
        self.values.merge(other.values)
        self.examples = [*self.examples, *other.examples][:EXAMPLES]
        for marks, (keys, total) in other.marks.items():
            mine = self.marks.get(marks, (0, 0))
            self.marks[marks] = (mine[0] + keys, mine[1] + total)

    def sum_of(self, wanted: Callable[[int], bool]) -> tuple[int, int]:
        """Keys and bytes of those whose marks are wanted."""
        rows = [row for marks, row in self.marks.items() if wanted(marks)]
        return sum(keys for keys, _ in rows), sum(total for _, total in rows)

    def _count_kind(self, fact: KeyFacts) -> None:
        kind = f"{fact.kind or '?'}/{fact.encoding or '?'}"
        # Whatever a module calls its types: the list of them stays short.
        if kind not in self.kinds and len(self.kinds) >= MOST_KINDS:
            kind = "other"
        self.kinds[kind] += 1
