"""The shape of `reports/peers/result.json`: `corral.peers/1`, only ever added to."""

from typing import Any, Literal, TypedDict

from loadtests.result import Machine

SCHEMA: Literal["corral.peers/1"] = "corral.peers/1"


class Spread(TypedDict):
    """Over the rounds that were kept."""

    median: float
    min: float
    max: float


class Warm(TypedDict):
    """Warm hits of one kind; `ratio` and `p99_ratio` to the constant route beside each window."""

    ratio: Spread | None
    per_s: Spread | None
    cpu_us: Spread | None
    p50_ms: Spread | None
    p99_ms: Spread | None
    p99_ratio: Spread | None
    errors: int
    client_cpu: float
    made: int
    kept: int
    why: list[str]


class Herd(TypedDict):
    """Requests that arrive at once. All but `errors`: one value a run.

    `alone_load_ms`: what a load took right before, while nobody asked, as PostgreSQL saw it;
    `over_load_ms`: p99 less that. Both are None where three such loads were not alike. `load_ms`:
    what a load took among them all. `at_least`: which quantiles may be any more, as errors count
    as no less late than the client waits.
    """

    runs: int
    requests: int
    answered: list[int]
    loads: list[int]
    loads_done: list[int]
    load_ms: list[float]
    p50_ms: list[float]
    p99_ms: list[float]
    over_load_ms: list[float | None]
    alone_load_ms: list[float | None]
    at_least: list[list[str]]
    errors: dict[str, int]
    lateness_ms: list[float]
    faults: list[str]


class OneExpiry(TypedDict):
    """A hot value that expires again and again. `stale_ms`: age beyond what counts as fresh.

    `most_loads_a_window`: loads that began before half of a life was over; `loads_a_life`: all of
    them by the lives of `fresh_s` that the trial had.
    """

    requests: int
    fresh_s: int
    loads: int
    windows: int
    most_loads_a_window: int
    loads_a_life: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    slow: int
    stale_ms: float | None
    at_least: list[str]
    lateness_ms: float
    errors: dict[str, int]


class Expiry(OneExpiry):
    """All trials of a side: medians, sums of what is counted, and the worst of ages and windows."""

    runs: int
    trials: list[OneExpiry]


class OneOutage(TypedDict):
    """The cache killed under load. `down_*`: of requests meant to start while it was away."""

    down_s: float
    requests: int
    down_requests: int
    down_errors: int
    down_p50_ms: float
    down_p99_ms: float
    after_errors: int
    after_p99_ms: float
    loads_before: int
    loads_down: int
    loads_after: int
    most_at_work: int
    refused: bool
    at_least: list[str]
    lateness_ms: float
    errors: dict[str, int]


class Outage(OneOutage):
    """All trials of a side: medians, sums of requests and errors, and the most loads at once."""

    runs: int
    trials: list[OneOutage]


class OneWeight(TypedDict):
    """What posts take in the cache, all keys counted; JSON is what one answer has."""

    posts: int
    json_bytes: float
    keys: int
    bytes_per_post: float


class Weight(OneWeight):
    """All trials of a side: medians."""

    runs: int
    trials: list[OneWeight]


class Side(TypedDict):
    """One row of the table; a work that could not be measured is None, and `cannot` says why."""

    key: str
    title: str
    versions: dict[str, str]
    hot: Warm | None
    zipf: Warm | None
    stampede: Herd | None
    expiry: Expiry | None
    loader_killed: Herd | None
    cache_killed: Outage | None
    weight: Weight | None
    cannot: dict[str, str]


class Goal(TypedDict):
    """`met` is None where nothing valid was measured; `why` says what was missing.

    `at_least`: of the limit; `is_bound`: `value` may be any more.
    """

    key: str
    title: str
    value: float | None
    is_bound: bool
    limit: float
    at_least: bool
    unit: str
    elsewhere: str
    met: bool | None
    why: str


class ClientCheck(TypedDict):
    """The client against bare ASGI: how fast it can be, and its share of its core there."""

    bare_per_s: float
    bare_cpu: float
    constant_per_s: float
    is_limit: bool


class Result(TypedDict):
    """A whole run."""

    schema: Literal["corral.peers/1"]
    created_at: str
    command: str
    sizes: str
    duration_s: float
    machine: Machine
    versions: dict[str, str]
    server: str
    posts: int
    newest: int
    load_ms: float
    client: ClientCheck | None
    windows_made: int
    windows_kept: int
    goals: list[Goal]
    sides: list[Side]
    settings: dict[str, Any]
