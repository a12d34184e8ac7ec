"""What scenarios note of requests: their p99, their hits, and how long both took to be back."""

from collections.abc import Sequence

from loadtests.cache_status import HITS
from loadtests.histogram import Histogram
from loadtests.recorder import Report
from loadtests.trials.scenario import Seen
from loadtests.unanswered import UNANSWERED, WRITE, Row


def note_p99(seen: Seen, figure: str, late: Histogram) -> None:
    """Note the p99 of these requests, if there were any."""
    if late.count:
        seen.note(figure, late.quantile_ms(0.99), at_least=late.is_bounded_at(0.99))
    else:
        seen.unknown[figure] = "nothing was asked for then"


def note_p99_of(seen: Seen, figure: str, report: Report, request: str) -> bool:
    """Note the p99 of one class of requests; False where there was none of it."""
    part = report["by_request"].get(request)
    if part is None:
        return False
    seen.note(figure, part["p99_ms"], at_least="p99_ms" in part.get("at_least", ()))
    return True


def note_back(seen: Seen, figure: str, value: float | None, watched_s: float) -> None:
    """Note how long it took; where it never came, at least as long as was watched."""
    if value is None:
        seen.note(figure, watched_s, at_least=True)
    else:
        seen.note(figure, value)


def reads_of(rows: Sequence[Row]) -> list[Row]:
    """The reads that were answered, whatever their Cache-Status."""
    return [row for row in rows if row[2] not in UNANSWERED and row[2] != WRITE]


def hit_rate(rows: Sequence[Row]) -> float | None:
    """Of all reads that were answered; None when there were none."""
    reads = reads_of(rows)
    return sum(row[2] in HITS for row in reads) / len(reads) if reads else None
