"""Everything that happened to every planned request of one run, and the summary of it."""

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import NamedTuple, TypedDict, TypeVar

from loadtests.cache_status import HITS
from loadtests.histogram import histogram_of
from loadtests.latencies import latency_of, series
from loadtests.mixes.request import WRITES
from loadtests.result import CacheOutcome, Latency, Slice
from loadtests.unanswered import DROPPED, ERROR, WRITE, lateness_of

SAMPLES_OF_ERRORS = 5


K = TypeVar("K", bound=str)


class Answer(NamedTuple):
    """One request. Times are seconds from the beginning of the run.

    `error` is empty, or says what went wrong ("503", "timeout", "connection"), or that the request
    was never sent ("dropped").
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

    @property
    def row(self) -> tuple[float, float, str]:
        """[intended_ms, end_ms, what came of it]."""
        how: str = self.outcome
        if self.error:
            how = DROPPED if self.error == DROPPED else ERROR
        elif self.kind in WRITES:
            how = WRITE
        return self.intended_s * 1_000, self.end_s * 1_000, how


class Run(TypedDict):
    """What the generator knows of a run as a whole. `cpu_s` is its own CPU time.

    `cpu_at_worst`: the share of a core that it used in the second in which it used most.
    `patience_s`: how late whatever got no good answer counts, at the least.
    """

    label: str
    started_at: float
    duration_s: float
    planned: int
    cpu_s: float
    cpu_at_worst: float
    patience_s: float


class Report(Run):
    """What the generator writes after a run.

    `requests` were sent, `errors` of them included; `dropped` were not. `rows` are [intended_ms,
    end_ms, what came of it] in order of intended start: the Cache-Status of a read, "write",
    "error" or "dropped". Latencies are of all of them; `by_outcome` of those with an outcome.
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
        self.error_samples: list[str] = []

    def answered(self, answer: Answer) -> None:
        """Count a request that got an answer, or failed."""
        self.answers.append(answer)

    def dropped(self, kind: str, intended_s: float, end_s: float) -> None:
        """Count a start that was given up then, unsent."""
        self.answered(Answer(kind, "none", intended_s, end_s, DROPPED))

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
    every = sorted(recorder.answers, key=lambda answer: answer.intended_s)
    sent = [answer for answer in every if answer.error != DROPPED]
    good = [answer for answer in sent if not answer.error]
    reads = [answer for answer in good if answer.kind not in WRITES]
    rows, patience_ms = [answer.row for answer in every], run["patience_s"] * 1_000
    latency = lateness_of(rows, patience_ms)
    return {
        **run,
        "dropped": len(every) - len(sent),
        "lateness_p99_ms": histogram_of(recorder.lateness_ms).quantile_ms(0.99),
        "requests": len(sent),
        "errors": len(sent) - len(good),
        "error_kinds": dict(Counter(answer.error for answer in sent if answer.error)),
        "error_samples": recorder.error_samples,
        "reads": len(reads),
        "hits": sum(answer.outcome in HITS for answer in reads),
        "latency_ms": latency_of(latency) if good else None,
        "histogram": latency.rows(),
        "outcomes": dict(Counter(answer.outcome for answer in good)),
        "by_outcome": slices(good, patience_ms, lambda answer: answer.outcome),
        "by_request": slices(every, patience_ms, lambda answer: answer.kind),
        "series": series(rows, patience_ms),
        "rows": rows,
    }


def slices(answers: list[Answer], patience_ms: float, key: Callable[[Answer], K]) -> dict[K, Slice]:
    """The answers apart by `key`."""
    found: defaultdict[K, list[Answer]] = defaultdict(list)
    for answer in answers:
        found[key(answer)].append(answer)
    return {name: _slice(part, patience_ms) for name, part in sorted(found.items())}


def _slice(answers: list[Answer], patience_ms: float) -> Slice:
    latency = lateness_of((answer.row for answer in answers), patience_ms)
    found: Slice = {
        "requests": sum(answer.error != DROPPED for answer in answers),
        "errors": sum(answer.error not in {"", DROPPED} for answer in answers),
        "mean_ms": latency.mean_ms,
        "p50_ms": latency.quantile_ms(0.50),
        "p99_ms": latency.quantile_ms(0.99),
    }
    if latency.is_bounded:
        shares = (("p50_ms", 0.50), ("p99_ms", 0.99))
        bounded = [name for name, share in shares if latency.is_bounded_at(share)]
        found["at_least"] = ["mean_ms", *bounded]
    return found
