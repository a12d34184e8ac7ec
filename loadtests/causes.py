"""Why a goal was missed, where the run itself knows: clauses made of its own figures."""

from collections.abc import Callable, Mapping

from loadtests.result import StrategyResult

Strategies = Mapping[str, StrategyResult]


def cause(goal: str, strategies: Strategies) -> str:
    """Why the goal of this id was missed; empty where the run does not tell."""
    tell = _CAUSES.get(goal)
    return tell(strategies) if tell else ""


def _few_loads(strategies: Strategies) -> str:
    run = strategies["naive"]["stampede"]
    cached = sum(how in {"hit", "stale"} for _, _, how in run["timeline"])
    if not cached:
        return ""
    return (
        f"{cached:,} of {run['requests']:,} requests came when the list was cached again; "
        f"its longest load took {run['load_ms']:.0f} ms"
    )


def _many_loads(strategy: str) -> Callable[[Strategies], str]:
    def tell(strategies: Strategies) -> str:
        run = strategies[strategy]["stampede"]
        peak = run["peak_concurrent_loads"]
        if peak > 1:
            return f"{peak:,} loads ran at once, so readers did not wait for each other"
        return "no two loads ran at once: one followed the other"

    return tell


def _bytes(strategies: Strategies) -> str:
    ours, theirs = strategies["layered"]["cache_keys"], strategies["naive"]["cache_keys"]
    if ours is None or theirs is None or ours <= theirs:
        return ""
    return f"layered held {ours:,} keys, naive {theirs:,}"


def _slow_at_high(strategies: Strategies) -> str:
    layered, naive = strategies["layered"], strategies["naive"]
    if layered["saturated_at_high"]:
        answered = layered["achieved_at_high_per_s"]
        return f"layered could not keep up with this rate: it answered {answered:.0f} a second"
    if not naive["saturated_at_high"]:
        return "naive kept up with this rate, so no waiting adds up in its mean"
    return ""


def _slow_at_low(strategies: Strategies) -> str:
    layered, naive = strategies["layered"], strategies["naive"]
    ours, theirs = layered["hit_rate"], naive["hit_rate"]
    if ours < theirs:
        return f"the cache answered {ours:.1%} of layered's reads and {theirs:.1%} of naive's"
    hit, their_hit = layered["by_outcome"].get("hit"), naive["by_outcome"].get("hit")
    if hit and their_hit and hit["mean_ms"] > their_hit["mean_ms"]:
        return (
            f"a hit took {hit['mean_ms']:.1f} ms at layered, {their_hit['mean_ms']:.1f} ms at naive"
        )
    return ""


def _low_hit_rate(strategies: Strategies) -> str:
    budget = strategies["layered"]["equal_budget"]
    if not budget:
        return ""
    if budget["evicted_keys"]:
        return (
            f"{budget['evicted_keys']:,} keys were evicted to keep to the budget of "
            f"{budget['budget_bytes']:,} bytes"
        )
    return (
        "nothing was evicted: what missed was read for the first time or after a write; "
        f"the cache had seen about {budget['stands_for']:,} requests"
    )


_CAUSES: Mapping[str, Callable[[Strategies], str]] = {
    "stampede-naive": _few_loads,
    "stampede-article": _many_loads("article"),
    "stampede-layered": _many_loads("layered"),
    "bytes": _bytes,
    "latency-high": _slow_at_high,
    "latency-low": _slow_at_low,
    "hit-rate": _low_hit_rate,
    "hit-rate-above-naive": _low_hit_rate,
}
