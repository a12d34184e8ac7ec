"""Results made up for tests of what is shown; no figure here was measured."""

from typing import Any, cast

from loadtests.peers.contenders import CONTENDERS
from loadtests.peers.goals import goals
from loadtests.peers.result import SCHEMA, Result, Side, Warm
from loadtests.peers.rows import empty_side
from loadtests.peers.together import combined


def warm(ratio: float) -> Warm:
    """Warm hits of so many times the constant route."""
    spread: Any = {"median": ratio, "min": ratio - 0.1, "max": ratio + 0.1}
    return {
        "ratio": spread,
        "per_s": spread,
        "cpu_us": spread,
        "p50_ms": spread,
        "p99_ms": spread,
        "p99_ratio": spread,
        "errors": 0,
        "client_cpu": 0.5,
        "made": 6,
        "kept": 5,
        "why": ["others were at work"],
    }


def measured(key: str, ratio: float = 1.0, loads: int = 1) -> Side:
    """A side of which everything was measured."""
    one = next(one for one in CONTENDERS if one.key == key)
    herd: Any = {
        "runs": 2,
        "requests": 500,
        "answered": [500, 500],
        "loads": [loads, loads],
        "loads_done": [loads, loads],
        "load_ms": [200.0, 200.0],
        "p50_ms": [210.0, 212.0],
        "p99_ms": [240.0, 250.0],
        "over_load_ms": [40.0, 50.0],
        "alone_load_ms": [200.0, 200.0],
        "at_least": [[], []],
        "errors": {},
        "lateness_ms": [4.0, 5.0],
        "faults": [],
    }
    expiry: Any = {
        "requests": 6_000,
        "fresh_s": 2,
        "loads": 15,
        "windows": 15,
        "most_loads_a_window": loads,
        "loads_a_life": float(loads),
        "p50_ms": 1.0,
        "p99_ms": 4.0,
        "max_ms": 9.0,
        "slow": 0,
        "stale_ms": 300.0,
        "at_least": [],
        "lateness_ms": 1.0,
        "errors": {},
    }
    outage: Any = {
        "down_s": 8.0,
        "requests": 5_000,
        "down_requests": 1_600,
        "down_errors": 0,
        "down_p50_ms": 2.0,
        "down_p99_ms": 12.0,
        "after_errors": 0,
        "after_p99_ms": 6.0,
        "loads_before": 0,
        "loads_down": 1_500,
        "loads_after": 500,
        "most_at_work": 6,
        "refused": True,
        "at_least": [],
        "lateness_ms": 1.0,
        "errors": {},
    }
    weight = {"posts": 1_000, "json_bytes": 750.0, "keys": 1_000, "bytes_per_post": 550.0}
    found: dict[str, Any] = {
        "versions": {"redis": "8.1.0"},
        "hot": warm(ratio),
        "zipf": warm(ratio),
        "stampede": herd,
        "expiry": combined([expiry] * 3, worst=("stale_ms",)),
        "loader_killed": herd | {"loads": [2, 2]},
        "cache_killed": combined([outage] * 3),
        "weight": combined([weight] * 3),
    }
    return cast("Side", empty_side(one) | found)


def result(*sides: Side) -> Result:
    """A run of these."""
    return {
        "schema": SCHEMA,
        "created_at": "2026-11-23T19:00:00+00:00",
        "command": "make peers",
        "sizes": "full",
        "duration_s": 1_800.0,
        "machine": {
            "cpu": "AMD EPYC",
            "cores": 2,
            "memory_gib": 24.0,
            "kernel": "Linux 6.1",
            "python": "3.11.7",
        },
        "versions": {"postgres": "18.6", "valkey": "valkey 9.1.2"},
        "server": "uvicorn",
        "posts": 10_000,
        "newest": 1_000,
        "load_ms": 200.0,
        "client": {
            "bare_per_s": 24_000.0,
            "bare_cpu": 0.9,
            "constant_per_s": 6_000.0,
            "is_limit": False,
        },
        "windows_made": 100,
        "windows_kept": 98,
        "goals": goals({side["key"]: side for side in sides}, None),
        "sides": list(sides),
        "settings": {},
    }
