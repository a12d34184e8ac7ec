"""A whole result with drawn figures, of the real types: what report and goals are tested with."""

import json
import random
import sys
from pathlib import Path
from typing import NamedTuple

from loadtests.goals import goals
from loadtests.histogram import Histogram, histogram_of
from loadtests.money import dollars_at_article_scale, dollars_per_month
from loadtests.result import (
    ARTICLE,
    DOLLARS_PER_GB_MONTH,
    HIT_RATE_FORMULA,
    SCHEMA,
    CacheOutcome,
    Conditions,
    Latency,
    PhaseConditions,
    Result,
    Slice,
    Stampede,
    StrategyResult,
    TimelineOutcome,
)

LOW, HIGH = 84.0, 610.0
MIX = {
    "post": 0.32,
    "feed": 0.22,
    "comments": 0.15,
    "profile": 0.08,
    "author_posts": 0.06,
    "reputation": 0.06,
    "trending": 0.04,
    "top": 0.04,
    "write": 0.03,
}


def sample() -> Result:
    """Naive saturated at the high rate, article polling, layered well."""
    strategies = {
        "naive": _strategy("naive", Draw(168.0, 0.93, 0.31, 61_234_000, 2_900, 7.4)),
        "article": _strategy("article", Draw(470.0, 0.90, 0.84, 17_800_000, 4_100, 1.9)),
        "layered": _strategy("layered", Draw(762.0, 0.95, 0.93, 9_900_000, 4_420, 1.1)),
    }
    conditions = _conditions()
    return {
        "schema": SCHEMA,
        "created_at": "2026-11-23T06:10:00+00:00",
        "command": "python -m loadtests demo --out reports/demo",
        "quick": False,
        "duration_s": 198.4,
        "machine": {
            "cpu": "Sample CPU @ 2.50GHz",
            "cores": 2,
            "memory_gib": 23.4,
            "kernel": "Linux 6.1.0",
            "python": "3.11.13",
        },
        "versions": {
            "postgres": "18.6",
            "valkey": "9.1.2",
            "fastapi": "0.165.0",
            "uvicorn": "0.54.0",
            "locust": "2.47.0",
            "redis-py": "8.1.0",
            "sqlalchemy": "2.1.0",
            "asyncpg": "0.32.0",
        },
        "seed": 1,
        "dataset": {
            "users": 1_000,
            "posts": 10_000,
            "comments": 60_000,
            "votes": 200_000,
            "follows": 18_000,
            "source": "generated, size small, seed 1",
        },
        "price_dollars_per_gb_month": DOLLARS_PER_GB_MONTH,
        "article": ARTICLE,
        "rates": {
            "low": LOW,
            "high": HIGH,
            "naive_knee": 168.0,
            "layered_knee": 762.0,
            "rule": "low: half of naive's knee; high: four fifths of layered's knee",
        },
        "conditions": conditions,
        "strategies": strategies,
        "goals": goals(strategies, conditions),
    }


class Draw(NamedTuple):
    """The few figures that the rest of a drawn strategy follows from."""

    knee: float
    hit_rate: float
    budget_hit_rate: float
    cache_bytes: int
    keys: int
    sql: float


def _strategy(name: str, draw: Draw) -> StrategyResult:
    knee, hit_rate, budget_hit_rate, cache_bytes, keys, sql = draw
    rng = random.Random(name)
    saturated = knee < HIGH
    low = histogram_of(_latency(rng, hit_rate) for _ in range(670))
    waiting = [(i / 4_000 * 5_000 if saturated else 0.0) for i in range(4_000)]
    high = histogram_of(wait + 3 * _latency(rng, hit_rate) for wait in waiting)
    ramp_ms = [(t / 10, _latency(rng, hit_rate), 80.0, 30 * 1.045**t) for t in range(80)]
    return {
        "requests": low.count,
        "errors": 0,
        "requests_at_high": high.count,
        "errors_at_high": 0,
        "dropped_at_high": 1_880 if saturated else 0,
        "achieved_at_high_per_s": knee if saturated else HIGH,
        "saturated_at_high": saturated,
        "knee_per_s": knee,
        "knee_reached": True,
        "latency_ms": _summary(low),
        "latency_ms_at_high": _summary(high),
        "hit_rate": hit_rate,
        "hit_rate_equal_budget": budget_hit_rate,
        "outcomes": _outcomes(low.count, hit_rate),
        "by_outcome": {"hit": _slice(low, hit_rate), "miss": _slice(low, 1 - hit_rate)},
        "by_request": {kind: _slice(low, share) for kind, share in MIX.items()},
        "sql_statements": round(sql * low.count),
        "sql_statements_by_database": round(sql * low.count),
        "sql_agrees": True,
        "sql_per_request": sql,
        "server_cpu_ms_per_request": 2.1 if name == "layered" else 6.3,
        "cache_bytes": cache_bytes,
        "dollars_per_month": dollars_per_month(cache_bytes),
        "dollars_per_month_article_scale": dollars_at_article_scale(cache_bytes, 61_234_000),
        "cache_keys": keys,
        "cache_keys_without_ttl": keys if name == "naive" else 0,
        "bytes_per_post_entry": {
            "mean": 21_300.0 if name == "naive" else 1_240.0,
            "p99": 96_000.0 if name == "naive" else 6_100.0,
            "entries": 1_210,
        },
        "warm": {
            "stands_for": 20_000,
            "requests": 4_000,
            "errors": 0,
            "duration_s": 4_000 / knee,
            "sql_statements": round(sql * 9_000),
            "hit_rate": hit_rate - 0.3,
        },
        "equal_budget": {
            "stands_for": 20_000,
            "budget_bytes": 17_222_062,
            "maxmemory_bytes": 18_922_062,
            "policy": "allkeys-lru",
            "requests": 2_000,
            "evicted_keys": 3_120 if name == "naive" else 0,
            "cache_bytes": min(cache_bytes, 17_222_062),
            "hit_rate": budget_hit_rate,
            "latency_ms": _summary(low),
        },
        "stampede": _naive_stampede(rng) if name == "naive" else _one_load(rng),
        "series": {
            "low": _series(rng, LOW, hit_rate, 80),
            "high": _series(rng, min(knee, HIGH), hit_rate, 80),
            "ramp": ramp_ms,
        },
        "histogram_low": low.rows(),
        "histogram_high": high.rows(),
        "not_measured": {},
    }


def _latency(rng: random.Random, hit_rate: float) -> float:
    if rng.random() < hit_rate:
        return rng.lognormvariate(1.0, 0.4)
    return rng.lognormvariate(3.4, 0.6)


def _summary(histogram: Histogram) -> Latency:
    return {
        "mean": histogram.mean_ms,
        "p50": histogram.quantile_ms(0.5),
        "p95": histogram.quantile_ms(0.95),
        "p99": histogram.quantile_ms(0.99),
        "max": histogram.max_ms,
    }


def _slice(histogram: Histogram, share: float) -> Slice:
    return {
        "requests": round(share * histogram.count),
        "errors": 0,
        "mean_ms": histogram.mean_ms,
        "p50_ms": histogram.quantile_ms(0.5),
        "p99_ms": histogram.quantile_ms(0.99),
    }


def _outcomes(requests: int, hit_rate: float) -> dict[CacheOutcome, int]:
    hits, writes = round(0.97 * requests * hit_rate), round(0.03 * requests)
    return {"hit": hits, "miss": requests - hits - writes, "bypass": writes}


def _series(
    rng: random.Random, rate: float, hit_rate: float, windows: int
) -> list[tuple[float, float, float, float]]:
    rows = []
    for window in range(windows):
        values = histogram_of(_latency(rng, hit_rate) for _ in range(9))
        p50, p99 = values.quantile_ms(0.5), values.quantile_ms(0.99)
        rows.append((window / 10, p50, p99, rate * rng.uniform(0.8, 1.2)))
    return rows


def _naive_stampede(rng: random.Random) -> Stampede:
    timeline: list[tuple[float, float, TimelineOutcome]] = []
    loads: list[tuple[float, float]] = []
    for number in range(500):
        start = number * 0.2
        end = start + 300 + number * 24 + rng.uniform(0, 80)
        if number % 71 == 70:
            timeline.append((start, start + 9_000, "error"))
            continue
        timeline.append((start, end, "miss" if number < 480 else "hit"))
        if number < 480:
            loads.append((max(start, end - 720), end))
    return _stampede(timeline, loads, peak=30)


def _one_load(rng: random.Random) -> Stampede:
    timeline: list[tuple[float, float, TimelineOutcome]] = []
    for number in range(500):
        start = number * 0.2
        outcome: TimelineOutcome = "miss" if number == 0 else "collapsed"
        timeline.append((start, max(86.0, start) + rng.uniform(2, 30), outcome))
    return _stampede(timeline, [(1.2, 84.0)], peak=1)


def _stampede(
    timeline: list[tuple[float, float, TimelineOutcome]],
    loads: list[tuple[float, float]],
    peak: int,
) -> Stampede:
    took = histogram_of(end - start for start, end, outcome in timeline if outcome != "error")
    return {
        "entry": "top:day",
        "path": "/v1/posts?sort=top&window=day",
        "requests": len(timeline),
        "errors": sum(outcome == "error" for _, _, outcome in timeline),
        "loads": len(loads),
        "peak_concurrent_loads": peak,
        "load_ms": max(end - start for start, end in loads),
        "alone_load_ms": max(end - start for start, end in loads),
        "p50_ms": took.quantile_ms(0.5),
        "p99_ms": took.quantile_ms(0.99),
        "max_ms": took.max_ms,
        "within_ms": 99.8,
        "timeline": timeline,
        "loads_timeline": loads,
    }


def _conditions() -> Conditions:
    order = [
        (name, phase) for phase in ("warm", "ramp") for name in ("naive", "article", "layered")
    ]
    order += [(name, "low") for name in ("naive", "article", "layered")]
    order += [(name, "high") for name in ("layered", "article", "naive")]
    for phase in ("stampede", "equal budget"):
        order += [(name, phase) for name in ("naive", "article", "layered")]
    return {
        "valid": True,
        "why": [],
        "order": [f"{name} {phase}" for name, phase in order],
        "shared_stores": False,
        "unlimited": "127.0.0.1/32",
        "server_processes": 2,
        "mix": MIX,
        "latency_rule": "from the intended start of a request to the last byte of its answer",
        "hit_rate_formula": HIT_RATE_FORMULA,
        "drop_rule": "a start that waits over 5 s for a connection is dropped and counted",
        "phases": [_phase(number, *pair) for number, pair in enumerate(order, start=1)],
    }


def _phase(order: int, strategy: str, phase: str) -> PhaseConditions:
    planned_per_s = {"low": LOW, "high": HIGH}.get(phase)
    saturated = phase == "ramp" or (phase == "high" and strategy != "layered")
    achieved = 168.0 if saturated else planned_per_s or 300.0
    return {
        "strategy": strategy,
        "phase": phase,
        "order": order,
        "duration_s": 8.0,
        "planned": round(8 * (planned_per_s or 300.0)),
        "planned_per_s": planned_per_s,
        "answered": round(8 * achieved),
        "achieved_per_s": achieved,
        "dropped": 0,
        "errors": 0,
        "start_lateness_p99_ms": None if phase == "warm" else 1.7,
        "generator_cpu": 0.31,
        "other_cpu": 0.02,
        "other_process": "systemd (1)",
        "saturated": saturated,
        "valid": True,
        "why": [],
    }


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(sample(), indent=1))
