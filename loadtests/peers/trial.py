"""What became of requests that were meant to start at their times."""

from collections.abc import Sequence

from loadtests.histogram import Histogram, histogram_of
from loadtests.peers.asking import Answered
from loadtests.unanswered import ERROR, lateness_of


def late_of(answers: Sequence[Answered], patience_s: float) -> Histogram:
    """How late all were; who got no good answer, no less than the client waits for one."""
    rows = (
        (1_000 * one.at_s, 1_000 * one.end_s, "good" if one.is_good else ERROR) for one in answers
    )
    return lateness_of(rows, 1_000 * patience_s)


def at_least(late: Histogram, **shares: float) -> list[str]:
    """Those of these quantiles, by name, that may be any more."""
    return [name for name, share in shares.items() if late.is_bounded_at(share)]


def lateness_ms(answers: Sequence[Answered]) -> float:
    """How late the client began, p99."""
    return histogram_of(1_000 * (one.started_s - one.at_s) for one in answers).quantile_ms(0.99)


def errors_of(answers: Sequence[Answered]) -> dict[str, int]:
    """What went wrong, by kind."""
    found: dict[str, int] = {}
    for one in answers:
        if not one.is_good:
            found[str(one.outcome)] = found.get(str(one.outcome), 0) + 1
    return found
