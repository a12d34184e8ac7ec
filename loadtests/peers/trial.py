"""What became of requests that were meant to start at their times."""

from collections.abc import Sequence

from loadtests.peers.asking import Answered


def latencies_ms(answers: Sequence[Answered]) -> list[float]:
    """Of all, ascending; who got an error waited for that."""
    return sorted(1_000 * one.latency_s for one in answers) or [0.0]


def quantile(ascending: Sequence[float], share: float) -> float:
    """The value that `share` of all do not exceed."""
    return ascending[min(len(ascending) - 1, int(share * len(ascending)))]


def lateness_ms(answers: Sequence[Answered]) -> float:
    """How late the client began, p99."""
    return quantile(sorted(1_000 * (one.started_s - one.at_s) for one in answers) or [0.0], 0.99)


def errors_of(answers: Sequence[Answered]) -> dict[str, int]:
    """What went wrong, by kind."""
    found: dict[str, int] = {}
    for one in answers:
        if not one.is_good:
            found[str(one.outcome)] = found.get(str(one.outcome), 0) + 1
    return found
