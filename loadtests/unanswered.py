"""Requests without a good answer, in the latencies: no less late than the generator waits.

They are no slow answers, they are none. Left out, they would flatter whoever refuses or is not
even asked; so a latency with one of them in it is a bound: "at least".
"""

from collections.abc import Iterable

from loadtests.histogram import Histogram

ERROR, DROPPED = "error", "dropped"
UNANSWERED = frozenset({ERROR, DROPPED})
WRITE = "write"

Row = tuple[float, float, str]  # meant to start, ended, both in ms; and what came of it


def lateness_of(rows: Iterable[Row], patience_ms: float) -> Histogram:
    """How late these were, from their intended start, in a phase of so much patience."""
    late = Histogram()
    for start_ms, end_ms, how in rows:
        if how in UNANSWERED:
            late.add_at_least(max(end_ms - start_ms, patience_ms))
        else:
            late.add(end_ms - start_ms)
    return late


def answered(rows: Iterable[Row]) -> list[Row]:
    """Those that got a good answer."""
    return [row for row in rows if row[2] not in UNANSWERED]
