"""The audit itself: connect, scan, read, fold, count, judge."""

import random
import time
from collections.abc import Callable, Iterator, Sequence

from redis.exceptions import ResponseError

from .audited import Audited, Coverage
from .collecting import Collector
from .earlier import Earlier
from .errors import AuditError
from .facts import ServerFacts, facts_of
from .findings import Context, findings_of
from .link import Link, reason_of
from .memory import Reconciled, reconciled
from .names.book import Book, Pattern
from .names.registry import Registry
from .nodes import open_links
from .options import Options
from .pace import Pace, TooSlow
from .planning.ledger import Ledger
from .reading import Reader
from .refusals import Refusals
from .savings import union_of
from .scanning import Progress, batches
from .seen import Seen
from .values.allocator import allocated_by

Watch = Callable[[int, int | None], None]  # keys seen, keys there were


def audit(
    url: str,
    registry: Registry | None = None,
    options: Options | None = None,
    watch: Watch = lambda _seen, _total: None,
    *,
    earlier: Earlier | None = None,
    ledger: Ledger | None = None,
) -> Audited:
    """Audit all keys behind an address. Raises AuditError where that cannot begin.

    With an `earlier` report K10 is judged; in a `ledger` every key is written down for a plan.
    """
    links = open_links(url)
    try:
        made = _Audit(links, registry or Registry(), options or Options(), earlier, ledger)
        return made.run(watch)
    finally:
        for link in links:
            link.close()


class _Audit:
    def __init__(
        self,
        links: Sequence[Link],
        registry: Registry,
        options: Options,
        earlier: Earlier | None,
        ledger: Ledger | None,
    ) -> None:
        self._links = links
        self._earlier = earlier
        self._ledger = ledger
        self._options = options
        self._refusals = Refusals()
        # Seeded: the same keyspace gives the same samples.
        self._book = Book(registry, options, random.Random(1))
        self._nodes = [facts_of(link, self._refusals) for link in links]
        policies = {node.policy for node in self._nodes}
        if earlier is not None and (why := earlier.distrusts(policies)):
            self._refusals.note("idle", why)
        known = [node.keys for node in self._nodes if node.keys is not None]
        total = sum(known) if len(known) == len(links) else None
        self._progress = Progress(total, options)
        self._asking_s = self._paused_s = 0.0
        self._backed_off = self._vanished = self._hidden = self._touched = 0

    def run(self, watch: Watch) -> Audited:
        """Every node in turn, then the judgement."""
        began_s = time.monotonic()
        for link, node in zip(self._links, self._nodes, strict=True):
            if self._progress.partial is None:
                self._scan(link, node, watch)
        return self._judged(time.monotonic() - began_s)

    def _scan(self, link: Link, node: ServerFacts, watch: Watch) -> None:
        progress, options = self._progress, self._options
        reader = Reader(link, self._refusals, options)
        collector = Collector(
            link,
            reader,
            self._refusals,
            options,
            self._book,
            allocated_by(node.allocator),
            node.clock_ahead_s,
            self._ledger,
        )
        pace = Pace(options, lambda: self._ping(link))
        seen = Seen(node.keys or 0)
        try:
            self._collect(batches(link, progress, seen), collector, pace, watch)
        except TooSlow as slow:
            progress.partial = str(slow)
        except AuditError as error:
            if not progress.scanned:
                raise
            progress.partial = str(error)
        self._vanished += reader.vanished
        self._hidden += reader.hidden
        self._touched += collector.touched
        self._paused_s += pace.paused_s
        self._backed_off += pace.backed_off

    def _collect(
        self, found: Iterator[list[bytes]], collector: Collector, pace: Pace, watch: Watch
    ) -> None:
        asked_s = time.monotonic()
        for keys in found:
            listing_s = time.monotonic() - asked_s
            busy_s = listing_s + collector.collect(keys)
            self._asking_s += busy_s
            watch(self._progress.scanned, self._progress.total)
            pace.rest(busy_s, asked_s)
            asked_s = time.monotonic()

    def _ping(self, link: Link) -> float | None:
        if self._refusals.lacks("guard"):
            return None
        asked_at_s = time.perf_counter()
        try:
            link.ask("PING")
        except ResponseError as error:
            self._refusals.note("guard", reason_of(error))
            return None
        return time.perf_counter() - asked_at_s

    def _judged(self, took_s: float) -> Audited:
        patterns = self._book.patterns()
        unknown = {**self._refusals.reasons, **self._of_links()}
        is_whole = self._progress.partial is None
        sizes = sum(one.tally.bytes.total for one in patterns)
        memory = reconciled(
            self._nodes, sizes, is_whole=is_whole and "bytes" not in unknown and not self._hidden
        )
        findings = findings_of(self._context(patterns, unknown, memory))
        union = union_of(patterns, findings)
        return Audited(
            self._nodes,
            patterns,
            findings,
            union,
            memory,
            self._coverage(took_s),
            unknown,
            self._earlier,
        )

    def _context(
        self, patterns: Sequence[Pattern], unknown: dict[str, str], memory: Reconciled
    ) -> Context:
        return Context(
            patterns,
            self._nodes,
            self._options.thresholds,
            unknown,
            has_registry=bool(self._book.registry),
            is_whole=self._progress.partial is None,
            touches=any(not link.no_touch for link in self._links),
            unattributed=memory.rest,
            earlier=self._earlier,
        )

    def _of_links(self) -> dict[str, str]:
        reasons = {link.no_touch_refused for link in self._links} - {None}
        return {"no-touch": str(min(map(str, reasons)))} if reasons else {}

    def _coverage(self, took_s: float) -> Coverage:
        return Coverage(
            total=self._progress.total,
            scanned=self._progress.scanned,
            vanished=self._vanished,
            hidden=self._hidden,
            touched=self._touched,
            partial=self._progress.partial,
            took_s=took_s,
            asking_s=self._asking_s,
            paused_s=self._paused_s,
            backed_off=self._backed_off,
            commands=sum(link.commands for link in self._links),
        )
