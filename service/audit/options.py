"""How an audit goes about it, and from which sizes on something is a finding."""

from dataclasses import dataclass, field

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on a rule speaks. Sizes in bytes, times in seconds, shares from 0 to 1."""

    least_keys: int = 100  # rules that speak of a whole pattern want this many of its keys
    least_bytes: int = 4096  # what saves less than this is not worth a line
    assumed_ttl_s: float = 3600.0  # of a cache that declared none: the article's default
    unused_s: float = 7 * DAY_S
    young_s: float = 60.0  # too young for "nobody has read it" to mean anything
    written_slack_s: float = 2.0  # idle time has steps of one second; so have clocks
    never_read_share: float = 0.5
    oversized_bytes: int = 100 * 1024
    oversized_times_median: float = 10.0
    oversized_floor_bytes: int = 10 * 1024
    graph_depth: int = 3
    graph_fields: int = 30
    shared_share: float = 0.2  # of the sampled values that hold the same sub-object
    name_share: float = 0.3
    name_floor_bytes: int = 40
    short_name_bytes: int = 16
    drift_slack_s: float = 1.0
    one_second_share: float = 0.05
    grown_share: float = 0.2  # since an earlier audit
    lock_ttl_s: float = 60.0  # of locks that declared none
    unattributed_share: float = 0.25
    unattributed_bytes: int = 64 * 2**20
    fragmentation_ratio: float = 1.5


@dataclass(frozen=True, slots=True)
class Options:
    """Bounds of one audit. The defaults disturb a busy server little."""

    count: int = 150  # keys that one SCAN asks for: the server is held for about 0.3 ms
    duty: float = 0.25  # share of the time that the server may be busy with us
    budget_s: float | None = None
    most_keys: int | None = None  # a sample: stop after so many, and say how sure the rest is
    outgrown_times: float = 2.0  # SCAN need not end while keys come faster than it looks
    outgrown_floor: int = 2000
    ping_slow_times: float = 3.0
    ping_slow_floor_s: float = 0.002
    ping_abort_s: float = 0.25
    reads_values: bool = True
    values_per_pattern: int = 40
    value_bytes: int = 256 * 1024
    exact_size_bytes: int = 512 * 1024  # larger collections are measured on 1,000 of their members
    patterns: int = 4000
    thresholds: Thresholds = field(default_factory=Thresholds)
