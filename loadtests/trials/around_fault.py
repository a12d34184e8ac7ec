"""What is said of a phase with a fault in it: before, during and after."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor

from loadtests.counting import peak_concurrent
from loadtests.histogram import Histogram, histogram_of
from loadtests.trials.noting import hit_rate, note_back, note_p99, reads_of
from loadtests.trials.scenario import Seen
from loadtests.unanswered import ERROR, Row, lateness_of

# A second is as before when nothing failed in it, its p99 is at most twice that of before, or 10 ms
# above it, and its hit rate at most 0.05 below. Both are of one second, so they vary more than what
# they are held to.
WITHIN_S = 1.0
IN_A_ROW = 2  # of such seconds: one alone may be lucky
STEP_S = 0.1  # how exactly the first of them is looked for
TIMES = 2.0
SPARE_MS = 10.0
SPARE_HITS = 0.05

Span = tuple[float, float]


@dataclass(frozen=True)
class Watched:
    """One phase and the fault in it, all in seconds of the phase; `loads` are [start, end].

    `patience_s`: how late whatever got no good answer counts, at the least.
    """

    rows: Sequence[Row]
    loads: Sequence[Span]
    from_s: float
    until_s: float
    end_s: float
    patience_s: float

    def late(self, rows: Sequence[Row]) -> Histogram:
        """How late these were."""
        return lateness_of(rows, self.patience_s * 1_000)

    def rows_between(self, from_s: float, until_s: float) -> list[Row]:
        """Requests that were meant to start then."""
        return [row for row in self.rows if from_s <= row[0] / 1_000 < until_s]

    def loads_between(self, from_s: float, until_s: float) -> list[Span]:
        """Loads that began then."""
        return [load for load in self.loads if from_s <= load[0] < until_s]


def around_fault(watched: Watched) -> Seen:
    """Figures of before, during and after."""
    before = watched.rows_between(0.0, watched.from_s)
    during = watched.rows_between(watched.from_s, watched.until_s)
    after = watched.rows_between(watched.until_s, watched.end_s)
    seen = Seen()
    for name, rows in (("before", before), ("during", during), ("after", after)):
        note_p99(seen, f"p99_{name}_ms", watched.late(rows))
    failed = [row for row in during if row[2] == ERROR]
    seen.figures["errors_during"] = len(failed)
    seen.figures["errors"] = sum(row[2] == ERROR for row in watched.rows)
    if failed:
        took_ms = histogram_of(end - start for start, end, _ in failed)
        seen.figures["fail_p99_ms"] = took_ms.quantile_ms(0.99)
    if reads := len(reads_of(during)):
        seen.figures["stale_rate_during"] = sum(row[2] == "stale" for row in during) / reads
    _loads(seen, watched)
    _back(seen, watched, before)
    return seen


def _loads(seen: Seen, watched: Watched) -> None:
    """How many, how many at once, and how many more than before would have taken."""
    during = watched.loads_between(watched.from_s, watched.until_s)
    usual = len(watched.loads_between(0.0, watched.from_s)) / watched.from_s
    since = len(watched.loads_between(watched.from_s, watched.end_s))
    open_then = [load for load in watched.loads if load[1] > watched.from_s]
    seen.figures["loads_during"] = len(during)
    seen.figures["peak_loads_during"] = peak_concurrent(
        [load for load in open_then if load[0] < watched.until_s]
    )
    seen.figures["extra_loads"] = max(0.0, since - usual * (watched.end_s - watched.from_s))


def _back(seen: Seen, watched: Watched, before: Sequence[Row]) -> None:
    """Seconds from the fault's end to the first second that is as before."""
    watched_s = watched.end_s - watched.until_s
    former, hits = watched.late(before), hit_rate(before)
    if not former.count or former.is_bounded_at(0.99):
        seen.unknown["p99_back_s"] = "what p99 was before is not known"
    else:
        p99_ms = former.quantile_ms(0.99)
        limit_ms = max(TIMES * p99_ms, p99_ms + SPARE_MS)

        def quick(rows: Sequence[Row]) -> bool:
            now = watched.late(rows)
            return bool(now.count) and not now.is_bounded and now.quantile_ms(0.99) <= limit_ms

        note_back(seen, "p99_back_s", first_seconds(watched, quick), watched_s)
    if hits is None:
        seen.unknown["hits_back_s"] = "nothing was cached before"
    else:
        least = hits - SPARE_HITS
        back = first_seconds(watched, lambda rows: (hit_rate(rows) or 0.0) >= least)
        note_back(seen, "hits_back_s", back, watched_s)


def first_seconds(watched: Watched, as_before: Callable[[Sequence[Row]], bool]) -> float | None:
    """How long after the fault the first two seconds in a row begin that are both as before.

    The p99 of a second is about its slowest request: one second alone may be lucky.
    """
    steps = floor((watched.end_s - watched.until_s - IN_A_ROW * WITHIN_S) / STEP_S + 1e-9)
    for step in range(steps + 1):
        at_s = watched.until_s + step * STEP_S
        seconds = [at_s + number * WITHIN_S for number in range(IN_A_ROW)]
        if all(as_before(watched.rows_between(one, one + WITHIN_S)) for one in seconds):
            return step * STEP_S
    return None
