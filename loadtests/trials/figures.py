"""Every figure a scenario may give, with its unit and which way is better."""

from loadtests.trials.schema import Better, Figure


def _figure(text: str, unit: str, better: Better = "lower") -> Figure:
    return {"text": text, "unit": unit, "better": better}


FIGURES: dict[str, Figure] = {
    "mean_ms": _figure("mean latency", "ms"),
    "p50_ms": _figure("median latency", "ms"),
    "p99_ms": _figure("p99 latency", "ms"),
    "p999_ms": _figure("p99.9 latency", "ms"),
    "max_ms": _figure("slowest answer", "ms"),
    "errors": _figure("requests that failed", "requests"),
    "dropped": _figure("starts dropped, as no connection came free", "requests"),
    "achieved_per_s": _figure("answers a second while asked", "per second", "higher"),
    "knee_per_s": _figure("knee: the rate up to which answers keep up", "per second", "higher"),
    "cpu_ms_per_request": _figure("CPU of the service a request", "ms"),
    "sql_per_request": _figure("SQL statements a request", "statements"),
    "commands_per_request": _figure("Redis commands a request", "commands"),
    "loads_per_request": _figure("loads a request", "loads"),
    "hit_rate": _figure("hit rate", "share", "higher"),
    "stale_rate": _figure("answers marked stale, of all reads", "share"),
    "cache_bytes": _figure("bytes in the cache", "bytes"),
    "post_entry_bytes": _figure("bytes of a post entry, all its keys, mean", "bytes"),
    "dollars_per_month": _figure("dollars a month, at the article's price a GB", "dollars"),
    "budget_bytes": _figure("bytes that the cache may take", "bytes", "neither"),
    "keys": _figure("keys", "keys", "neither"),
    "keys_without_ttl": _figure("keys without a TTL", "keys"),
    "evicted_keys": _figure("keys evicted", "keys"),
    "loads": _figure("loads of the hot key", "loads"),
    "worst_loads": _figure("loads of the hot key in the worst epoch", "loads"),
    "peak_loads": _figure("most loads of the hot key at one moment", "loads"),
    "load_ms": _figure("longest load", "ms"),
    "over_load_ms": _figure("p99 above the load time", "ms"),
    "first_fresh_ms": _figure("time to the first fresh answer", "ms"),
    "slow_requests": _figure("requests slower than half a load", "requests"),
    "stale_age_ms": _figure("oldest answer served, past its time", "ms"),
    "errors_during": _figure("requests that failed during the fault", "requests"),
    "fail_p99_ms": _figure("p99 of how long a failed request took", "ms"),
    "p99_before_ms": _figure("p99 latency before the fault", "ms"),
    "p99_during_ms": _figure("p99 latency during it", "ms"),
    "p99_after_ms": _figure("p99 latency after it", "ms"),
    "loads_during": _figure("loads during the fault", "loads"),
    "peak_loads_during": _figure("most loads at one moment of it", "loads"),
    "extra_loads": _figure("loads beyond what the same time took before", "loads"),
    "stale_rate_during": _figure("answers marked stale during the fault, of all reads", "share"),
    "p99_back_s": _figure("from its end until p99 is as before", "s"),
    "hits_back_s": _figure("from its end until the hit rate is as before", "s"),
    "gate_ms_per_command": _figure("CPU of the gate a Redis command", "ms", "neither"),
    "epochs": _figure("epochs seen", "epochs", "neither"),
}
