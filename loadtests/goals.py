"""The acceptance figures of the before/after run, each with a verdict or the reason for none."""

from collections.abc import Mapping

from loadtests.causes import cause
from loadtests.evidence import rests_on
from loadtests.result import Conditions, Goal, Latency, Stampede, StrategyResult

Strategies = Mapping[str, StrategyResult]

MEMORY_SHARE = 0.28  # the article: 9 of 32 GB
LATENCY_SHARE = 0.27  # the article: 120 of 450 ms
HIT_RATE = 0.87  # the article's
NAIVE_LOADS = 100
STAMPEDE_SLACK_MS = 60.0
UNCLEAR = "no verdict: loads alone took too unlike times to say what one takes"


def goals(strategies: Strategies, conditions: Conditions) -> list[Goal]:
    """Every goal that the strategies of this run can be held to; a missed one with its cause."""
    found = []
    for name, strategy in strategies.items():
        phases = rests_on("stampede", name)
        found += [_if_valid(goal, conditions, phases) for goal in _stampede(name, strategy)]
    for name in _fixed(strategies):
        phases = rests_on("cache_keys_without_ttl", name)
        found.append(_if_valid(_no_ttl(name, strategies[name]), conditions, phases))
    if {"naive", "layered"} <= set(strategies):
        naive, layered = strategies["naive"], strategies["layered"]
        phases = rests_on("cache_bytes", "naive", "layered")
        found.append(_if_valid(_bytes(naive, layered), conditions, phases))
        found += _latency(naive, layered, conditions)
        found += _equal_budget(naive, layered, conditions)
    return [_with_cause(goal, strategies) for goal in found]


def _fixed(strategies: Strategies) -> list[str]:
    return [name for name in ("article", "layered") if name in strategies]


def _stampede(name: str, strategy: StrategyResult) -> list[Goal]:
    run = strategy["stampede"]
    loads = float(run["loads"])
    if name == "naive":
        text = f"naive: at least {NAIVE_LOADS} of {run['requests']} requests load at once"
        return [_at_least("stampede-naive", text, loads, NAIVE_LOADS, unit="loads")]
    if name not in {"article", "layered"}:
        return []
    text = f"{name}: one load in the stampede"
    found = [_at_most(f"stampede-{name}", text, loads, 1, unit="loads")]
    if name == "layered":
        found += _quick_and_whole(run)
    return found


def _quick_and_whole(run: Stampede) -> list[Goal]:
    alone_ms = run.get("alone_load_ms")
    return [
        _at_most(
            "stampede-layered-errors",
            "layered: no error in the stampede",
            float(run["errors"]),
            0,
            unit="errors",
        ),
        _at_most(
            "stampede-layered-p99",
            "layered: p99 of the stampede at most its load alone + 60 ms",
            None if alone_ms is None else run["p99_ms"],
            (alone_ms or 0.0) + STAMPEDE_SLACK_MS,
            unit="ms",
            why=UNCLEAR if alone_ms is None else "",
        ),
    ]


def _no_ttl(name: str, strategy: StrategyResult) -> Goal:
    return _at_most(
        f"no-ttl-{name}",
        f"{name}: no key without a TTL",
        strategy["cache_keys_without_ttl"],
        0,
        unit="keys",
        why=strategy["not_measured"].get("cache_keys_without_ttl", ""),
    )


def _bytes(naive: StrategyResult, layered: StrategyResult) -> Goal:
    return _at_most(
        "bytes",
        "layered: at most 28 % of naive's cache bytes (the article's 32 to 9 GB)",
        _ratio(layered["cache_bytes"], naive["cache_bytes"]),
        MEMORY_SHARE,
        unit="ratio",
        why=layered["not_measured"].get("cache_bytes", ""),
    )


def _latency(naive: StrategyResult, layered: StrategyResult, conditions: Conditions) -> list[Goal]:
    at_high = _at_most(
        "latency-high",
        "layered: mean at four fifths of its knee at most 27 % of naive's (450 to 120 ms)",
        _ratio(_mean(layered["latency_ms_at_high"]), _mean(naive["latency_ms_at_high"])),
        LATENCY_SHARE,
        unit="ratio",
    )
    at_low = _at_most(
        "latency-low",
        "layered: mean at half of naive's knee no worse than naive's",
        _ratio(_mean(layered["latency_ms"]), _mean(naive["latency_ms"])),
        1.0,
        unit="ratio",
    )
    # Each names the knee that set its rate, so it rests on that ramp, too.
    high = rests_on("latency_ms_at_high", "naive", "layered") | rests_on("knee_per_s", "layered")
    low = rests_on("latency_ms", "naive", "layered") | rests_on("knee_per_s", "naive")
    return [_if_valid(at_high, conditions, high), _if_valid(at_low, conditions, low)]


def _equal_budget(
    naive: StrategyResult, layered: StrategyResult, conditions: Conditions
) -> list[Goal]:
    ours, theirs = layered["hit_rate_equal_budget"], naive["hit_rate_equal_budget"]
    why = layered["not_measured"].get("hit_rate_equal_budget", "")
    text = "layered: hit rate at the equal budget at least 87 % (the article's)"
    reached = _at_least("hit-rate", text, ours, HIT_RATE, unit="share", why=why)
    text = "layered: hit rate at the equal budget above naive's"
    above = _at_least("hit-rate-above-naive", text, ours, theirs or 0.0, unit="share", why=why)
    if ours is not None and ours == theirs:
        above["met"] = False
    phases = rests_on("hit_rate_equal_budget", "naive", "layered")
    return [_if_valid(goal, conditions, phases) for goal in (reached, above)]


def _mean(latency: Latency | None) -> float | None:
    return latency["mean"] if latency else None


def _ratio(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None


def _at_most(
    goal: str, text: str, value: float | None, limit: float, *, unit: str, why: str = ""
) -> Goal:
    met = None if value is None else value <= limit
    reason = why or ("not measured" if value is None else "")
    return Goal(id=goal, text=text, value=value, limit=limit, unit=unit, met=met, why=reason)


def _at_least(
    goal: str, text: str, value: float | None, limit: float, *, unit: str, why: str = ""
) -> Goal:
    met = None if value is None else value >= limit
    reason = why or ("not measured" if value is None else "")
    return Goal(id=goal, text=text, value=value, limit=limit, unit=unit, met=met, why=reason)


def _with_cause(goal: Goal, strategies: Strategies) -> Goal:
    if goal["met"] is not False or goal["why"]:
        return goal
    return {**goal, "why": cause(goal["id"], strategies)}


def _if_valid(goal: Goal, conditions: Conditions, phases: set[tuple[str, str]]) -> Goal:
    """The goal, without a verdict when a phase that it rests on broke its conditions."""
    broken = [
        f"{run['strategy']} {run['phase']}"
        for run in conditions["phases"]
        if (run["strategy"], run["phase"]) in phases and not run["valid"]
    ]
    if not broken:
        return goal
    whose = "its" if len(broken) == 1 else "their"
    why = f"no verdict: {', '.join(broken)} broke {whose} conditions"
    return {**goal, "met": None, "why": why}
