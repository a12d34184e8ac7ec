"""What is said of a phase with a fault in it: before, during and after."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

from loadtests.cache_status import HITS
from loadtests.counting import peak_concurrent
from loadtests.histogram import histogram_of
from loadtests.trials.scenario import Seen

# A second is as before when its p99 is at most twice that of before, or 10 ms above it, and its hit
# rate at most 0.05 below. Both are of one second, so they vary more than what they are held to.
WITHIN_S, STEP_S = 1.0, 0.1
TIMES, SPARE_MS, SPARE_HITS = 2.0, 10.0, 0.05

Row = tuple[float, float, str]
Span = tuple[float, float]


@dataclass(frozen=True)
class Watched:
    """One phase and the fault in it, all in seconds of the phase; `loads` are [start, end]."""

    rows: Sequence[Row]
    loads: Sequence[Span]
    from_s: float
    until_s: float
    end_s: float

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
        if (p99_ms := p99_of(rows)) is None:
            seen.unknown[f"p99_{name}_ms"] = "nothing was answered"
        else:
            seen.figures[f"p99_{name}_ms"] = p99_ms
    failed = [row for row in during if row[2] == "error"]
    seen.figures["errors_during"] = len(failed)
    seen.figures["errors"] = sum(row[2] == "error" for row in watched.rows)
    if failed:
        took_ms = histogram_of(end - start for start, end, _ in failed)
        seen.figures["fail_p99_ms"] = took_ms.quantile_ms(0.99)
    if reads := sum(row[2] not in {"error", "bypass"} for row in during):
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
    never = f"not within the {watched_s:.1f} s that were watched"
    p99_ms, hits = p99_of(before), hit_rate(before)
    if p99_ms is None:
        seen.unknown["p99_back_s"] = "nothing was answered before"
    else:
        limit_ms = max(TIMES * p99_ms, p99_ms + SPARE_MS)

        def quick(rows: Sequence[Row]) -> bool:
            now_ms = p99_of(rows)
            return now_ms is not None and now_ms <= limit_ms and not _failed(rows)

        _note(seen, "p99_back_s", first_second(watched, quick), never)
    if hits is None:
        seen.unknown["hits_back_s"] = "nothing was cached before"
    else:
        least = hits - SPARE_HITS
        back = first_second(watched, lambda rows: (hit_rate(rows) or 0.0) >= least)
        _note(seen, "hits_back_s", back, never)


def _note(seen: Seen, figure: str, value: float | None, why: str) -> None:
    if value is None:
        seen.unknown[figure] = why
    else:
        seen.figures[figure] = value


def first_second(watched: Watched, as_before: Callable[[Sequence[Row]], bool]) -> float | None:
    """How long after the fault the first second begins that is as before."""
    steps = ceil((watched.end_s - watched.until_s - WITHIN_S) / STEP_S - 1e-9)
    for step in range(steps + 1):
        at_s = watched.until_s + step * STEP_S
        if as_before(watched.rows_between(at_s, at_s + WITHIN_S)):
            return step * STEP_S
    return None


def p99_of(rows: Sequence[Row]) -> float | None:
    """Of those that were answered; None when nobody was."""
    took_ms = histogram_of(end - start for start, end, how in rows if how != "error")
    return took_ms.quantile_ms(0.99) if took_ms.count else None


def hit_rate(rows: Sequence[Row]) -> float | None:
    """Of all reads that were answered; None when there were none."""
    reads = [row for row in rows if row[2] not in {"error", "bypass"}]
    return sum(row[2] in HITS for row in reads) / len(reads) if reads else None


def _failed(rows: Sequence[Row]) -> bool:
    return any(row[2] == "error" for row in rows)
