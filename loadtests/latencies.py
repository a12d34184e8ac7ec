"""What the latencies of a run sum up to: its mean and quantiles, and the same window by window."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from loadtests.histogram import Histogram
from loadtests.result import Latency, LatencyName
from loadtests.unanswered import UNANSWERED, Row, lateness_of

WINDOW_S = 0.1  # a stampede of 300 ms must be visible


def latency_of(histogram: Histogram) -> Latency:
    """Mean, quantiles and maximum, and which of these may be any more."""
    shares: dict[LatencyName, float] = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
    found: Latency = {
        "mean": histogram.mean_ms,
        "p50": histogram.quantile_ms(0.50),
        "p95": histogram.quantile_ms(0.95),
        "p99": histogram.quantile_ms(0.99),
        "max": histogram.max_ms,
    }
    if histogram.is_bounded:
        bounded = [name for name, share in shares.items() if histogram.is_bounded_at(share)]
        found["at_least"] = ["mean", *bounded, "max"]
    return found


def series(rows: Sequence[Row], patience_ms: float) -> list[tuple[float, float, float, float]]:
    """[t_s, p50_ms, p99_ms of those that were to start in it, answers per second] a window."""
    started: defaultdict[int, Histogram] = defaultdict(Histogram)
    ended: Counter[int] = Counter()
    for row in rows:
        start_ms, end_ms, how = row
        started[int(start_ms / 1_000 / WINDOW_S)].merge(lateness_of([row], patience_ms))
        if how not in UNANSWERED:
            ended[int(end_ms / 1_000 / WINDOW_S)] += 1
    return [
        (
            window * WINDOW_S,
            started[window].quantile_ms(0.50),
            started[window].quantile_ms(0.99),
            ended[window] / WINDOW_S,
        )
        for window in range(max([-1, *started, *ended]) + 1)
    ]
