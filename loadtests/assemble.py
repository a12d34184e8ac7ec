"""From what the phases found to what `result.json` says about one strategy."""

from loadtests.contest import Contest, Contestant, Findings
from loadtests.money import dollars_at_article_scale, dollars_per_month
from loadtests.recorder import Report
from loadtests.result import AtHigh, AtLow, Memory, Series, StrategyResult, Warm
from loadtests.statements import Statements

SHARED = "the store is shared, so its memory and keys are not this run's alone"


def strategy_result(
    contest: Contest, contestant: Contestant, naive_bytes: int | None
) -> StrategyResult:
    """One strategy's part of the result. All its phases must have run."""
    found = contestant.found
    low, knee, stampede = found.low, found.knee, found.stampede
    assert low is not None
    assert knee is not None
    assert stampede is not None
    return {
        **_at_low(low, found.low_sql, found.low_cpu_s),
        **_at_high(contest, contestant),
        **_memory(found, naive_bytes),
        "sql_agrees": _agreement(found),
        "knee_per_s": knee.per_s,
        "knee_reached": knee.reached,
        "hit_rate_equal_budget": found.budget["hit_rate"] if found.budget else None,
        "equal_budget": found.budget,
        "stampede": stampede,
        "warm": _warm(contest, found),
        "series": _series(found),
        "not_measured": _not_measured(contest, found, naive_bytes),
    }


def _at_low(low: Report, sql: Statements | None, cpu_s: float) -> AtLow:
    assert sql is not None
    requests = low["requests"]
    return {
        "requests": requests,
        "errors": low["errors"],
        "latency_ms": low["latency_ms"],
        "hit_rate": hit_rate(low),
        "outcomes": low["outcomes"],
        "by_outcome": low["by_outcome"],
        "by_request": low["by_request"],
        "sql_statements": sql.by_driver,
        "sql_statements_by_database": sql.by_database,
        "sql_per_request": sql.by_driver / requests if requests else 0.0,
        "server_cpu_ms_per_request": cpu_s * 1_000 / requests if requests else None,
        "histogram_low": low["histogram"],
    }


def _at_high(contest: Contest, contestant: Contestant) -> AtHigh:
    high = contestant.found.high
    assert high is not None
    run = next(
        phase
        for phase in contest.conditions
        if phase["strategy"] == contestant.strategy and phase["phase"] == "high"
    )
    return {
        "requests_at_high": high["requests"],
        "errors_at_high": high["errors"],
        "dropped_at_high": high["dropped"],
        "achieved_at_high_per_s": run["achieved_per_s"],
        "saturated_at_high": run["saturated"],
        "latency_ms_at_high": high["latency_ms"],
        "histogram_high": high["histogram"],
    }


def _memory(found: Findings, naive_bytes: int | None) -> Memory:
    size = found.cache_bytes
    scale = dollars_at_article_scale(size, naive_bytes) if size and naive_bytes else None
    return {
        "cache_bytes": size,
        "dollars_per_month": None if size is None else dollars_per_month(size),
        "dollars_per_month_article_scale": scale,
        "cache_keys": found.keys,
        "cache_keys_without_ttl": found.keys_without_ttl,
        "bytes_per_post_entry": found.post_entries,
    }


def _warm(contest: Contest, found: Findings) -> Warm:
    assert found.warm is not None
    assert found.warm_sql is not None
    return {
        "stands_for": contest.sizes.warm_requests,
        "requests": found.warm["requests"],
        "errors": found.warm["errors"],
        "duration_s": found.warm["duration_s"],
        "sql_statements": found.warm_sql.by_driver,
        "hit_rate": hit_rate(found.warm),
    }


def _series(found: Findings) -> Series:
    assert found.low is not None
    assert found.high is not None
    assert found.ramp is not None
    return {
        "low": found.low["series"],
        "high": found.high["series"],
        "ramp": found.ramp["series"],
    }


def _agreement(found: Findings) -> bool | None:
    """Whether both ways to count agreed in every window; None when the database does not count."""
    windows = [sql.agree for sql in (found.warm_sql, found.low_sql) if sql is not None]
    return None if None in windows else all(windows)


def _not_measured(contest: Contest, found: Findings, naive_bytes: int | None) -> dict[str, str]:
    missing = {}
    if found.cache_bytes is None:
        missing["cache_bytes"] = missing["dollars_per_month"] = SHARED
    if found.keys is None:
        for name in ("cache_keys", "cache_keys_without_ttl", "bytes_per_post_entry"):
            missing[name] = SHARED
    if found.budget is None:
        alone = "naive did not run, and its bytes set the budget" if not naive_bytes else ""
        missing["hit_rate_equal_budget"] = SHARED if contest.shared_stores else alone
    if _agreement(found) is None:
        missing["sql_statements_by_database"] = "pg_stat_statements is not loaded in this database"
    return missing


def hit_rate(report: Report) -> float:
    """Reads that the cache answered, of all reads answered."""
    return report["hits"] / report["reads"] if report["reads"] else 0.0
