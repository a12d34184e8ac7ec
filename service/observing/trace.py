"""What is known of one request: what the caches did for it, and where its time went.

Spans are noted by whoever waits, in the request's own tasks. Whoever joins what another request
has begun notes its own wait as well: for the part in which that other loaded, as the database's;
for the rest, as Redis's. Spans of one backend may overlap (a list asks for texts and counts at
once) and count once, so `db` and `redis` may add up to more than the answer took; `app` is the time
in which neither was waited for: parsing, encoding, queueing for a place or for the loop.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

Answer = Literal["hit", "miss", "collapsed", "stale", "bypass"]
Backend = Literal["db", "redis"]
Span = tuple[float, float]  # from, to; seconds on the observer's clock


@dataclass(frozen=True, slots=True)
class Load:
    """One read of the source of truth; times are seconds since 1970."""

    id: int
    kind: str
    key: str
    start_s: float
    end_s: float
    ok: bool


@dataclass(slots=True)
class RequestTrace:
    """How one request was answered; shared with the tasks that it starts."""

    clock: Callable[[], float] = time.time
    began_s: float = field(init=False)
    loads: int = 0
    waited: bool = False
    stale: bool = False
    asked: bool = False
    ttl_s: float | None = None  # the shortest life left to what it was answered from, where known
    spans: dict[Backend, list[Span]] = field(default_factory=lambda: {"db": [], "redis": []})

    def __post_init__(self) -> None:
        self.began_s = self.clock()

    def answer(self) -> Answer:
        """The one word for it."""
        if self.stale:  # whatever else was done, the client gets something outdated
            return "stale"
        if self.loads:
            return "miss"
        if self.waited:
            return "collapsed"
        return "hit" if self.asked else "bypass"

    def lives(self, ttl_s: float) -> None:
        """Part of the answer is fresh for so long; 0 is not known."""
        if ttl_s > 0 and (self.ttl_s is None or ttl_s < self.ttl_s):
            self.ttl_s = ttl_s

    def joined(self, wait: Span, loads: list[Span]) -> None:
        """Note a wait for what another was doing, their loads among it."""
        theirs = [load for load in loads if load[1] >= wait[0]]
        if not theirs:
            self.spans["redis"].append(wait)
            return
        load = (
            max(wait[0], min(began_s for began_s, _ in theirs)),
            min(wait[1], max(ended_s for _, ended_s in theirs)),
        )
        self.spans["db"].append(load)
        self.spans["redis"] += without(wait, load)

    def times(self) -> tuple[float, float, float]:
        """Seconds of db, redis and app so far."""
        db, redis = self.spans["db"], self.spans["redis"]
        db_s, redis_s = covered(db), covered(redis)
        waited_s = covered([*db, *redis]) if db and redis else db_s + redis_s
        # A clock that is set back must not show as a negative time.
        return db_s, redis_s, max(0.0, self.clock() - self.began_s - waited_s)


def covered(spans: list[Span]) -> float:
    """How long at least one of the spans lasted."""
    if len(spans) <= 1:  # as most are
        return spans[0][1] - spans[0][0] if spans else 0.0
    total, end = 0.0, float("-inf")
    for from_s, to_s in sorted(spans):
        if to_s > end:
            total += to_s - max(from_s, end)
            end = to_s
    return total


def without(span: Span, hole: Span) -> Iterator[Span]:
    """What is left of a span."""
    from_s, to_s = span
    if from_s < min(to_s, hole[0]):
        yield from_s, min(to_s, hole[0])
    if max(from_s, hole[1]) < to_s:
        yield max(from_s, hole[1]), to_s
