"""Everything that happened to every planned request of one run, and the summary of it."""

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import NamedTuple, TypedDict, TypeVar

from loadtests.cache_status import HITS
from loadtests.histogram import Histogram, histogram_of
from loadtests.mixes.request import WRITES
from loadtests.result import CacheOutcome, Latency, Slice

WINDOW_S = 0.1  # a stampede of 300 ms must be visible
SAMPLES_OF_ERRORS = 5


K = TypeVar("K", bound=str)


class Answer(NamedTuple):
    """One request that was sent. Times are seconds from the beginning of the run.

    `error` is empty, or says what went wrong ("503", "timeout", "connection").
    """

    kind: str
    outcome: CacheOutcome
    intended_s: float
    end_s: float
    error: str

    @property
    def latency_ms(self) -> float:
        """From the intended start, so that waiting for a slow server counts."""
        return (self.end_s - self.intended_s) * 1_000


class Run(TypedDict):
    """What the generator knows of a run as a whole. `cpu_s` is its own CPU time."""

    label: str
    started_at: float
    duration_s: float
    planned: int
    cpu_s: float


class Report(Run):
    """What the generator writes after a run.

    `requests` were sent, `errors` of them included; `dropped` were not. `rows` are [intended_ms,
    end_ms, outcome or "error"] in order of intended start.
    """

    dropped: int
    lateness_p99_ms: float
    requests: int
    errors: int
    error_kinds: dict[str, int]
    error_samples: list[str]
    reads: int
    hits: int
    latency_ms: Latency | None
    histogram: list[tuple[float, int]]
    outcomes: dict[CacheOutcome, int]
    by_outcome: dict[CacheOutcome, Slice]
    by_request: dict[str, Slice]
    series: list[tuple[float, float, float, float]]
    rows: list[tuple[float, float, str]]


class Recorder:
    """Collects cheaply while the run goes on; all sums are made afterwards."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.lateness_ms: list[float] = []
        self.dropped = 0
        self.error_samples: list[str] = []

    def answered(self, answer: Answer) -> None:
        """Count a request that got an answer or failed."""
        self.answers.append(answer)

    def started(self, lateness_s: float) -> None:
        """Count how long after its intended time the generator came to a request."""
        self.lateness_ms.append(lateness_s * 1_000)

    def explain(self, text: str) -> None:
        """Keep the first few errors in full."""
        if len(self.error_samples) < SAMPLES_OF_ERRORS:
            self.error_samples.append(text)


class Unrecorded(Recorder):
    """Keeps nothing: for endless runs, where Locust's own table is all that is read."""

    def answered(self, answer: Answer) -> None:
        """Forget it."""

    def started(self, lateness_s: float) -> None:
        """Forget it."""


def summary(recorder: Recorder, run: Run) -> Report:
    """The report of a run that ended."""
    answers = sorted(recorder.answers, key=lambda answer: answer.intended_s)
    good = [answer for answer in answers if not answer.error]
    latency = histogram_of(answer.latency_ms for answer in good)
    reads = [answer for answer in good if answer.kind not in WRITES]
    return {
        **run,
        "dropped": recorder.dropped,
        "lateness_p99_ms": histogram_of(recorder.lateness_ms).quantile_ms(0.99),
        "requests": len(answers),
        "errors": len(answers) - len(good),
        "error_kinds": dict(Counter(answer.error for answer in answers if answer.error)),
        "error_samples": recorder.error_samples,
        "reads": len(reads),
        "hits": sum(answer.outcome in HITS for answer in reads),
        "latency_ms": latency_of(latency),
        "histogram": latency.rows(),
        "outcomes": dict(Counter(answer.outcome for answer in good)),
        "by_outcome": slices(answers, lambda answer: answer.outcome),
        "by_request": slices(answers, lambda answer: answer.kind),
        "series": series(good),
        "rows": [
            (a.intended_s * 1_000, a.end_s * 1_000, "error" if a.error else a.outcome)
            for a in answers
        ],
    }


def latency_of(histogram: Histogram) -> Latency | None:
    """Mean, quantiles and maximum; None when nothing was answered."""
    if not histogram.count:
        return None
    return {
        "mean": histogram.mean_ms,
        "p50": histogram.quantile_ms(0.50),
        "p95": histogram.quantile_ms(0.95),
        "p99": histogram.quantile_ms(0.99),
        "max": histogram.max_ms,
    }


def slices(answers: list[Answer], key: Callable[[Answer], K]) -> dict[K, Slice]:
    """The answers apart by `key`, errors counted and left out of the latencies."""
    found: defaultdict[K, list[Answer]] = defaultdict(list)
    for answer in answers:
        found[key(answer)].append(answer)
    return {name: _slice(part) for name, part in sorted(found.items())}


def _slice(answers: list[Answer]) -> Slice:
    latency = histogram_of(answer.latency_ms for answer in answers if not answer.error)
    return {
        "requests": len(answers),
        "errors": len(answers) - latency.count,
        "mean_ms": latency.mean_ms,
        "p50_ms": latency.quantile_ms(0.50),
        "p99_ms": latency.quantile_ms(0.99),
    }


def series(answers: list[Answer]) -> list[tuple[float, float, float, float]]:
    """[t_s, p50_ms, p99_ms of those that were to start in it, answers per second] a window."""
    started: defaultdict[int, Histogram] = defaultdict(Histogram)
    ended: Counter[int] = Counter()
    for answer in answers:
        started[int(answer.intended_s / WINDOW_S)].add(answer.latency_ms)
        ended[int(answer.end_s / WINDOW_S)] += 1
    return [
        (
            window * WINDOW_S,
            started[window].quantile_ms(0.50),
            started[window].quantile_ms(0.99),
            ended[window] / WINDOW_S,
        )
        for window in range(max([-1, *started, *ended]) + 1)
    ]
