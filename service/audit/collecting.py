"""Collecting: batch by batch, what is known of the keys goes into the tallies of their patterns.

Values are read last, when the idle times of the same keys are known, and only of strings: their
heads where a registry says how they begin, and as a whole of a fair sample of each pattern.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .link import Link, Reply
from .names.book import Book
from .names.registry import Declared, Role
from .options import Options
from .planning.ledger import Entry, Ledger
from .reading import KeyFacts, Reader
from .refusals import Refusals
from .tally.marks import marks_of, written_by_ttl
from .tally.tally import Tally
from .values.allocator import Allocated
from .values.digest import digest


class _Wish(NamedTuple):
    """A value to be read: `place` in the sample, or the head alone."""

    fact: KeyFacts
    declared: Declared | None
    tally: Tally
    place: int | None


@dataclass(slots=True)
class Collector:
    """One node's keys into the book."""

    link: Link
    reader: Reader
    refusals: Refusals
    options: Options
    book: Book
    allocated: Allocated
    clock_ahead_s: float
    ledger: Ledger | None = None
    touched: int = 0  # values read on a link that could not be told to touch nothing

    def collect(self, keys: Sequence[bytes]) -> float:
        """Read a batch and count it; the seconds that the server was asked for."""
        asked_at_s = time.perf_counter()
        facts = self.reader.read(keys)
        busy_s = time.perf_counter() - asked_at_s
        now_s = time.time() + self.clock_ahead_s
        wishes: list[_Wish] = []
        waiting: list[tuple[KeyFacts, Declared, Tally, Role | None]] = []
        for fact in facts:
            declared, tally, role = self.book.place_of(fact.key)
            wish = self._wish(fact, declared, tally)
            if wish is not None:
                wishes.append(wish)
            if declared is None:
                self._count(fact, None, tally, role, now_s=now_s, written_at_s=None)
            else:
                waiting.append((fact, declared, tally, role))
        asked_at_s = time.perf_counter()
        read = self._values(wishes)
        busy_s += time.perf_counter() - asked_at_s
        written = self._written(read)
        for fact, declared, tally, role in waiting:
            at_s = written.get(fact.key) or written_by_ttl(fact, declared)
            self._count(fact, declared, tally, role, now_s=now_s, written_at_s=at_s)
        return busy_s

    def _wish(self, fact: KeyFacts, declared: Declared | None, tally: Tally) -> _Wish | None:
        is_string = fact.kind == "string"
        if not self.options.reads_values or not is_string or self.refusals.lacks("values"):
            return None
        # Redis lets all keys of one small number share an object, and with it the idle time: a look
        # at one would touch them all, for a value with nothing to learn from.
        if fact.encoding == "int" and not self.link.no_touch:
            return None
        place = tally.values.wants()
        has_head = declared is not None and declared.envelope is not None and self.link.no_touch
        if place is None and not has_head:
            return None
        return _Wish(fact, declared, tally, place)

    def _values(self, wishes: Sequence[_Wish]) -> list[tuple[_Wish, bytes]]:
        replies = self.link.ask_all(
            [(b"GETRANGE", one.fact.key, 0, self._most(one) - 1) for one in wishes]
        )
        if not self.link.no_touch:
            self.touched += len(replies)
        return [
            (wish, reply)
            for wish, reply in zip(wishes, replies, strict=True)
            if self._is_value(reply)
        ]

    def _written(self, read: Sequence[tuple[_Wish, bytes]]) -> dict[bytes, float]:
        """When keys were written, by their envelopes; samples are kept on the way."""
        written: dict[bytes, float] = {}
        for wish, raw in read:
            envelope = wish.declared.envelope if wish.declared else None
            if envelope is not None and (opened := envelope.open(raw)) is not None:
                written[wish.fact.key] = opened.written_at_s
            if wish.place is not None:
                found = digest(
                    raw,
                    most=self.options.value_bytes,
                    encoding=wish.fact.encoding,
                    envelope=envelope,
                    by=self.allocated,
                )
                wish.tally.values.keep(wish.place, found)
        return written

    def _count(
        self,
        fact: KeyFacts,
        declared: Declared | None,
        tally: Tally,
        role: Role | None,
        *,
        now_s: float,
        written_at_s: float | None,
    ) -> None:
        marks = marks_of(
            fact,
            declared,
            now_s=now_s,
            written_at_s=written_at_s,
            limits=self.options.thresholds,
            ttl_s=self.book.ttl_s(declared, role),
        )
        tally.add(fact, marks, now_s)
        if self.ledger is not None:
            self.ledger.add(Entry(tally.numbers[0], marks, fact.key))

    def _most(self, wish: _Wish) -> int:
        if wish.place is not None:
            return self.options.value_bytes
        assert wish.declared is not None
        assert wish.declared.envelope is not None
        return wish.declared.envelope.header_bytes

    def _is_value(self, reply: Reply) -> bool:
        # An empty string is a key that went, or whose value is empty: nothing to look at.
        if isinstance(reply, bytes):
            return bool(reply)
        self.refusals.is_of_command("values", reply)
        return False
