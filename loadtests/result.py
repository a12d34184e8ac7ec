"""What a before/after run writes: `result.json`, schema `corral.result/1`.

The schema is only added to. Latencies are milliseconds from the *intended* start of a request;
times in series and timelines count from the start of their phase. `None` means "not known", and
`not_measured` of the strategy says why.
"""

from typing import Literal, NotRequired, TypedDict

SCHEMA = "corral.result/1"
DOLLARS_PER_GB_MONTH = 375.0  # the article's: $12,000 a month for 32 GB
HIT_RATE_FORMULA = "read requests whose Cache-Status says hit / read requests answered"

CacheOutcome = Literal["hit", "stale", "miss", "collapsed", "bypass", "none"]
TimelineOutcome = Literal["hit", "stale", "miss", "collapsed", "error"]


class Machine(TypedDict):
    """Where it ran."""

    cpu: str
    cores: int
    memory_gib: float
    kernel: str
    python: str


class Dataset(TypedDict):
    """Rows in the template database when the run began, and what they were made from."""

    users: int
    posts: int
    comments: int
    votes: int
    follows: int
    source: str


class Rates(TypedDict):
    """Requests per second: low is half of naive's knee, high four fifths of layered's."""

    low: float
    high: float
    naive_knee: float | None
    layered_knee: float | None
    rule: str


LatencyName = Literal["mean", "p50", "p95", "p99", "max"]


class Latency(TypedDict):
    """Milliseconds from the intended start, over all planned requests.

    Whatever failed or was dropped counts as no less late than a start is kept waiting; `at_least`
    names the numbers that are bounds therefore (absent: none).
    """

    mean: float
    p50: float
    p95: float
    p99: float
    max: float
    at_least: NotRequired[list[LatencyName]]


class Slice(TypedDict):
    """One class of requests, or one Cache-Status, within the low-rate phase.

    `at_least`: as in `Latency`.
    """

    requests: int
    errors: int
    mean_ms: float
    p50_ms: float
    p99_ms: float
    at_least: NotRequired[list[str]]


class PhaseConditions(TypedDict):
    """Whether a phase was a fair measurement.

    `saturated`: the strategy, not the generator, fell behind the plan; where a phase is meant to
    find that out it stays valid. `generator_cpu` is a share of one core, in the worst second.
    `other_cpu` is what all processes took that are no part of the run, in cores (None where /proc
    is missing); `other_process` the busiest of them: "nobody", or "unknown" where none was seen but
    others may use the same stores.
    """

    strategy: str
    phase: str
    order: int
    duration_s: float
    planned: int
    planned_per_s: float | None
    answered: int
    achieved_per_s: float
    dropped: int
    errors: int
    start_lateness_p99_ms: float | None
    generator_cpu: float
    other_cpu: float | None
    other_process: str | None
    saturated: bool
    valid: bool
    why: list[str]


class Conditions(TypedDict):
    """All phases, in the order in which they ran, and the verdict over them.

    `unlimited`: networks for which the service's rate limits were off.
    """

    valid: bool
    why: list[str]
    order: list[str]
    shared_stores: bool
    server_processes: int
    unlimited: str
    mix: dict[str, float]
    latency_rule: str
    hit_rate_formula: str
    drop_rule: str
    phases: list[PhaseConditions]


class EntryBytes(TypedDict):
    """Bytes of one logical post in Valkey, all its keys summed (MEMORY USAGE, SAMPLES 0)."""

    mean: float
    p99: float
    entries: int


class Stampede(TypedDict):
    """500 requests within 100 ms for one entry that was just dropped everywhere.

    `load_ms` is the longest load; `alone_load_ms` what one takes while nobody else asks, None where
    such loads were too unlike. `at_least`: as in `Latency`. `timeline` has one [start_ms, end_ms,
    outcome] a request in order of intended start; `loads_timeline` one [start_ms, end_ms] a load,
    on the same clock.
    """

    entry: str
    path: str
    requests: int
    errors: int
    loads: int
    peak_concurrent_loads: int
    load_ms: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    within_ms: float
    timeline: list[tuple[float, float, TimelineOutcome]]
    loads_timeline: list[tuple[float, float]]
    alone_load_ms: NotRequired[float | None]
    at_least: NotRequired[list[str]]


class EqualBudget(TypedDict):
    """With `maxmemory` = empty server + 9/32 of naive's unbounded bytes, least recently used out.

    The store as the traffic before left it (`stands_for` requests and the steady phases), cut to
    the budget; then a stretch to settle, then the measured one. `evicted_keys`: from the cut on.
    """

    stands_for: int
    budget_bytes: int
    maxmemory_bytes: int
    policy: str
    requests: int
    evicted_keys: int
    cache_bytes: int
    hit_rate: float
    latency_ms: Latency | None


class Warm(TypedDict):
    """The warm trace: the same requests in the same order for every strategy, from empty.

    It is compact: a cache is left as by `stands_for` requests, of which it holds the writes and
    only the last of equal reads. So its own hit rate is low by intent.
    """

    stands_for: int
    requests: int
    errors: int
    duration_s: float
    sql_statements: int
    hit_rate: float


class Series(TypedDict):
    """[t_s, p50_ms, p99_ms, answers per second] a window of 100 ms, by intended start."""

    low: list[tuple[float, float, float, float]]
    high: list[tuple[float, float, float, float]]
    ramp: list[tuple[float, float, float, float]]


class AtLow(TypedDict):
    """The steady phase at the low rate, which every strategy should keep up with.

    `hit_rate` is a share (0-1). `server_cpu_ms_per_request` sums both server processes.
    """

    requests: int
    errors: int
    latency_ms: Latency | None
    hit_rate: float
    outcomes: dict[CacheOutcome, int]
    by_outcome: dict[CacheOutcome, Slice]
    by_request: dict[str, Slice]
    sql_statements: int
    sql_statements_by_database: int | None
    sql_per_request: float
    server_cpu_ms_per_request: float | None
    histogram_low: list[tuple[float, int]]


class AtHigh(TypedDict):
    """The steady phase at the high rate, which may be more than a strategy can do."""

    requests_at_high: int
    errors_at_high: int
    dropped_at_high: int
    achieved_at_high_per_s: float
    saturated_at_high: bool
    latency_ms_at_high: Latency | None
    histogram_high: list[tuple[float, int]]


class Memory(TypedDict):
    """What lay in the store after the warm trace."""

    cache_bytes: int | None
    dollars_per_month: float | None
    dollars_per_month_article_scale: float | None
    cache_keys: int | None
    cache_keys_without_ttl: int | None
    bytes_per_post_entry: EntryBytes | None


class StrategyResult(AtLow, AtHigh, Memory):
    """One strategy. `histogram_*` are [upper_ms, count], log-linear, of 1 % resolution.

    `sql_agrees`: both ways to count statements gave the same, in the warm phase and at low.
    """

    sql_agrees: bool | None
    knee_per_s: float
    knee_reached: bool
    hit_rate_equal_budget: float | None
    warm: Warm
    equal_budget: EqualBudget | None
    stampede: Stampede
    series: Series
    not_measured: dict[str, str]


class Goal(TypedDict):
    """One acceptance figure. `met` is None when it cannot be judged; `why` then says why.

    `value` and `limit` are in the unit that `unit` names ("loads", "ratio", "share", "ms", "keys").
    `is_bound`: the value is only known to be at least, or at most, so much (absent: it is known).
    """

    id: str
    text: str
    value: float | None
    limit: float
    unit: str
    met: bool | None
    why: str
    is_bound: NotRequired[Literal["at least", "at most"]]


class BeforeAfter(TypedDict):
    """A pair of the article's own figures."""

    before: float
    after: float


class Article(TypedDict):
    """The article's claims, printed beside ours and never as ours."""

    memory_gb: BeforeAfter
    dollars_per_month: BeforeAfter
    latency_ms: BeforeAfter
    hit_rate: BeforeAfter


class Verdict(TypedDict):
    """What came out, and whether it counts."""

    conditions: Conditions
    strategies: dict[str, StrategyResult]
    goals: list[Goal]


class Result(Verdict):
    """The whole file."""

    schema: str
    created_at: str
    command: str
    quick: bool
    duration_s: float
    machine: Machine
    versions: dict[str, str]
    seed: int
    dataset: Dataset
    price_dollars_per_gb_month: float
    article: Article
    rates: Rates


ARTICLE: Article = {
    "memory_gb": {"before": 32, "after": 9},
    "dollars_per_month": {"before": 12_000, "after": 3_000},
    "latency_ms": {"before": 450, "after": 120},
    "hit_rate": {"before": 0.23, "after": 0.87},
}
