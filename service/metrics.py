"""What this process saw, seen from outside every strategy: statements, loads, answers.

A *load* is a read of the database that fills, or would fill, a cache. A request is a `hit` when
it caused none and waited for none, a `miss` when it loaded, `collapsed` when it waited for
somebody else's load, `stale` when it was answered from an outdated copy, `bypass` when there
was nothing to cache.
"""

import os
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args

V = TypeVar("V")
Answer = Literal["hit", "miss", "collapsed", "stale", "bypass"]
LOADS_KEPT = 20_000
DELAYS_KEPT = 50_000


@dataclass(slots=True)
class RequestTrace:
    """How one request was answered; shared with the tasks that it starts."""

    loads: int = 0
    waited: bool = False
    stale: bool = False
    asked: bool = False

    def answer(self) -> Answer:
        """The one word for it."""
        if self.stale:  # whatever else was done, the client gets something outdated
            return "stale"
        if self.loads:
            return "miss"
        if self.waited:
            return "collapsed"
        return "hit" if self.asked else "bypass"


@dataclass(frozen=True, slots=True)
class Load:
    """One read of the source of truth; times are seconds since 1970."""

    id: int
    kind: str
    key: str
    start_s: float
    end_s: float
    ok: bool


_current: ContextVar[RequestTrace | None] = ContextVar("request_trace", default=None)


class Observer:
    """Counts of one process; `events` are those of the patterns that it minds."""

    events = frozenset({"wait", "waited", "stale"})

    def __init__(self, strategy: str, *, clock: Callable[[], float] = time.time) -> None:
        self.strategy = strategy
        self._clock = clock
        self.sql_statements = 0
        self.answers: Counter[Answer] = Counter()
        self.loads_total = 0
        self.loads: deque[Load] = deque(maxlen=LOADS_KEPT)
        self._last_delay_s: dict[str, float] = {}
        self._last_stale_s: dict[str, float] = {}

    def count_statement(self) -> None:
        """One statement was sent to the database."""
        self.sql_statements += 1

    @contextmanager
    def request(self) -> Iterator[RequestTrace]:
        """Trace one request."""
        trace = RequestTrace()
        token = _current.set(trace)
        try:
            yield trace
        finally:
            _current.reset(token)
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
        ok = False
        try:
            value = await load()
            ok = True
            return value
        finally:
            self.loads_total += 1
            end_s = self._clock()
            self.loads.append(Load(self.loads_total, kind, key, start_s, end_s, ok))
            self._delayed(keys or (key,), end_s)

    @contextmanager
    def waiting(self, *keys: str) -> Iterator[None]:
        """Ask caches for keys on behalf of the current request.

        Whoever makes the load that such a question has to wait for, the request waited for it; and
        whoever is given an outdated copy meanwhile, the request may have joined him.
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
        try:
            yield
        finally:
            if trace is not None and (trace.loads or trace.waited):
                self._delayed((key,), self._clock())
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

    def snapshot(self, since: int) -> dict[str, Any]:
        """All counts, and the loads whose number is above `since`."""
        return {
            "pid": os.getpid(),
            "strategy": self.strategy,
            "cpu_s": time.process_time(),
            "sql_statements": self.sql_statements,
            "requests": {answer: self.answers[answer] for answer in get_args(Answer)},
            "loads_total": self.loads_total,
            "loads": [load for load in self.loads if load.id > since],
        }

    def _delayed(self, keys: Iterable[str], at_s: float) -> None:
        self._noted(self._last_delay_s, keys, at_s)

    def _noted(self, times: dict[str, float], keys: Iterable[str], at_s: float) -> None:
        if len(times) > DELAYS_KEPT:
            times.clear()
        times.update(dict.fromkeys(keys, at_s))
