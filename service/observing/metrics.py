"""What this process saw, seen from outside every strategy: statements, loads, answers.

A *load* is a read of the database that fills, or would fill, a cache. A request is a `hit` when
it caused none and waited for none, a `miss` when it loaded, `collapsed` when it waited for
somebody else's load, `stale` when it was answered from an outdated copy, `bypass` when there
was nothing to cache.
"""

import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar, get_args

from service.observing.loads import Loads
from service.observing.statements import Statements
from service.observing.trace import Answer, Backend, RequestTrace, Span

__all__ = ["Answer", "Observer", "RequestTrace"]

V = TypeVar("V")
DELAYS_KEPT = 50_000

_current: ContextVar[RequestTrace | None] = ContextVar("request_trace", default=None)


class Observer:
    """Counts of one process; `events` are those of the patterns that it minds."""

    events = frozenset({"wait", "waited", "stale"})

    def __init__(self, strategy: str, *, clock: Callable[[], float] = time.time) -> None:
        self.strategy = strategy
        self._clock = clock
        self.statements = Statements()
        self.answers: Counter[Answer] = Counter()
        self.loads = Loads()
        self._requests = 0
        self._waits: dict[Backend, int] = {"db": 0, "redis": 0}
        self._last_delay_s: dict[str, float] = {}
        self._last_stale_s: dict[str, float] = {}
        self._last_load: dict[str, Span] = {}

    @contextmanager
    def request(self) -> Iterator[RequestTrace]:
        """Trace one request."""
        trace = RequestTrace(self._clock)
        token = _current.set(trace)
        self._requests += 1
        try:
            yield trace
        finally:
            _current.reset(token)
            self._requests -= 1
            self.answers[trace.answer()] += 1

    async def load(
        self,
        kind: str,
        key: str,
        load: Callable[[], Awaitable[V]],
        *,
        keys: Iterable[str] | None = None,
    ) -> V:
        """Run one load, recorded from start to end; `keys` when it is for several at once."""
        trace = _current.get()
        if trace is not None:
            trace.asked = True
            trace.loads += 1
        start_s = self._clock()
        number = self.loads.begin()
        ok = False
        try:
            value = await load()
            ok = True
            return value
        finally:
            end_s = self._clock()
            self.loads.end(number, kind, key, start_s, end_s, ok=ok)
            keys = tuple(keys or (key,))
            self._delayed(keys, end_s)
            self._noted(self._last_load, keys, (start_s, end_s))

    @contextmanager
    def waiting(self, *keys: str) -> Iterator[None]:
        """Ask caches for keys on behalf of the current request.

        Whoever makes the load that such a question has to wait for, the request waited for it; and
        whoever is given an outdated copy meanwhile, the request may have joined them.
        """
        trace = _current.get()
        if trace is None:
            yield
            return
        trace.asked = True
        began_s = self._clock()
        try:
            yield
        finally:
            last = self._last_delay_s
            if not trace.waited:
                trace.waited = any(last.get(key, 0.0) >= began_s for key in keys)
            if self._last_stale_s and not trace.stale:
                trace.stale = any(self._last_stale_s.get(key, 0.0) >= began_s for key in keys)

    @contextmanager
    def telling(self, key: str) -> Iterator[None]:
        """Do something that others wait for by `key`: what becomes of it becomes of them."""
        trace = _current.get()
        already = len(trace.spans["db"]) if trace else 0
        try:
            yield
        finally:
            if trace is not None and (trace.loads or trace.waited):
                self._delayed((key,), self._clock())
            if trace is not None and (spans := trace.spans["db"][already:]):
                self._noted(self._last_load, (key,), (spans[0][0], spans[-1][1]))
            if trace is not None and trace.stale:
                self._noted(self._last_stale_s, (key,), self._clock())

    def event(self, name: str, **details: Any) -> None:
        """What a caching pattern reports by its `observe` argument."""
        if name in {"wait", "waited"}:
            self._delayed((details["key"],), self._clock())
        elif name == "stale":
            self._noted(self._last_stale_s, (details["key"],), self._clock())
            if (trace := _current.get()) is not None:
                trace.stale = True

    def waits(self, sort: Backend) -> Callable[[], None]:
        """Somebody, a request perhaps, begins to wait; call what is returned, once, at the end."""
        self._waits[sort] += 1
        trace, began_s = _current.get(), self._clock()

        def over() -> None:
            self._waits[sort] -= 1
            if trace is not None:
                trace.spans[sort].append((began_s, self._clock()))

        return over

    @contextmanager
    def joining(self, *keys: str) -> Iterator[Callable[..., None]]:
        """Ask for what another may be fetching; who fetches says so by the call, and if all of it.

        Else this request waited for the other: for their load, before and after it for Redis.
        So did who fetched and found that another process was loading.
        """
        trace, fetches, since_s = _current.get(), list[bool](), self._clock()
        before = trace.loads if trace else 0
        try:
            yield lambda whole=True: fetches.append(whole)
        finally:
            if trace and (
                True not in fetches or (trace.loads == before and self._was_delayed(since_s, keys))
            ):
                loads = [load for key in keys if (load := self._last_load.get(key))]
                trace.joined((since_s, self._clock()), loads)

    def _was_delayed(self, since_s: float, keys: Iterable[str]) -> bool:
        return any(self._last_delay_s.get(key, 0.0) >= since_s for key in keys)

    def lives(self, ttl_s: float) -> None:
        """Part of the current answer is fresh for so long."""
        if (trace := _current.get()) is not None:
            trace.lives(ttl_s)

    def snapshot(self, since: int) -> dict[str, Any]:
        """All counts, and the loads whose number is above `since`.

        Under way is what else goes on, whoever began it: the request that asks is none of it.
        """
        asking = _current.get() is not None
        return {
            "pid": os.getpid(),
            "strategy": self.strategy,
            "cpu_s": time.process_time(),
            "sql_statements": self.statements.sent,
            "sql_failed": self.statements.failed,
            "sql_cut_off": self.statements.cut_off,
            "requests": {answer: self.answers[answer] for answer in get_args(Answer)},
            "in_flight": {
                "requests": self._requests - asking,
                "loads": self.loads.under_way,
                **self._waits,
            },
            "loads_total": self.loads.begun,
            "loads": self.loads.since(since),
        }

    def _delayed(self, keys: Iterable[str], at_s: float) -> None:
        self._noted(self._last_delay_s, keys, at_s)

    def _noted(self, times: dict[str, V], keys: Iterable[str], at: V) -> None:
        if len(times) > DELAYS_KEPT:
            times.clear()
        times.update(dict.fromkeys(keys, at))
