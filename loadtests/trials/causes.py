"""Why a goal of the ladder was missed, where the run itself knows: its own figures in a clause."""

from collections.abc import Callable, Mapping

from loadtests.trials.schema import Trials
from loadtests.trials.weighing import Of, median_of, spread_of

KEPT_UP = 0.98  # of the rate


def _bytes(trials: Trials) -> str:
    ours, theirs = _both(trials, "memory", "keys")
    if ours is None or theirs is None:
        return ""
    return f"layered held {ours:,.0f} keys, naive {theirs:,.0f}"


def _entry(trials: Trials) -> str:
    ours, theirs = _both(trials, "memory", "post_entry_bytes")
    if ours is None or theirs is None:
        return ""
    return f"an entry takes {ours:,.0f} bytes, comments shared out; naive's {theirs:,.0f}"


def _slow_at_high(trials: Trials) -> str:
    rate = trials["rates"]["high"]
    ours, theirs = _both(trials, "browse-high", "achieved_per_s")
    if ours is not None and ours < KEPT_UP * rate:
        return f"layered answered {ours:.0f} of {rate:.0f} a second: it could not keep up"
    if theirs is not None and theirs >= KEPT_UP * rate:
        return f"naive kept up with {rate:.0f} a second, so no waiting adds up in its mean"
    return ""


def _slow_at_low(trials: Trials) -> str:
    ours, theirs = _both(trials, "browse-low", "hit_rate")
    if ours is not None and theirs is not None and ours < theirs:
        return f"the cache answered {ours:.1%} of layered's reads and {theirs:.1%} of naive's"
    return _work(trials)


def _work(trials: Trials) -> str:
    ours, theirs = _both(trials, "browse-low", "cpu_ms_per_request")
    if ours is None or theirs is None:
        return ""
    missed = median_of(trials, Of("layered", "browse-low", "hit_rate"))
    loaded = "" if missed is None else f", and {1 - missed:.0%} of layered's reads were no hit"
    return f"a request costs layered {ours:.1f} ms of CPU, naive {theirs:.1f}{loaded}"


def _low_hit_rate(trials: Trials) -> str:
    evicted = median_of(trials, Of("layered", "equal-budget", "evicted_keys"))
    if evicted is None:
        return ""
    if evicted:
        return f"{evicted:,.0f} keys were evicted to keep to the budget"
    return (
        "nothing was evicted: what missed was read for the first time or after a write, as the "
        "trace that fills the cache is short beside the data"
    )


def _many_loads(scenario: str) -> Callable[[Trials], str]:
    def tell(trials: Trials) -> str:
        peak = spread_of(trials, Of("layered", scenario, "peak_loads"))
        if peak is None:
            return ""
        if peak["most"] > 1:
            return (
                f"up to {peak['most']:.0f} loads ran at once: readers did not wait for each other"
            )
        return "no two loads ran at once: one followed the other"

    return tell


def _slow_expiry(trials: Trials) -> str:
    fresh = spread_of(trials, Of("layered", "natural-expiry", "first_fresh_ms"))
    return f"the first fresh answer took up to {fresh['most']:.0f} ms" if fresh else ""


def _slow_stampede(trials: Trials) -> str:
    p99 = spread_of(trials, Of("layered", "stampede", "p99_ms"))
    load = spread_of(trials, Of("layered", "stampede", "alone_load_ms"))
    if p99 is None or load is None:
        return ""
    return f"p99 was up to {p99['most']:.0f} ms, a load alone up to {load['most']:.0f} ms"


def _long(trials: Trials) -> str:
    again = sum(not trial["valid"] for trial in trials["trials"])
    return (
        f"{again} trials broke their conditions; disturbed ones were played again" if again else ""
    )


def _both(trials: Trials, scenario: str, figure: str) -> tuple[float | None, float | None]:
    ours = median_of(trials, Of("layered", scenario, figure))
    return ours, median_of(trials, Of("naive", scenario, figure))


CAUSES: Mapping[str, Callable[[Trials], str]] = {
    "bytes": _bytes,
    "entry": _entry,
    "latency-high": _slow_at_high,
    "latency-low": _slow_at_low,
    "knee": _work,
    "hit-rate": _low_hit_rate,
    "natural-loads": _many_loads("natural-expiry"),
    "natural-slow": _slow_expiry,
    "stampede-loads": _many_loads("stampede"),
    "stampede-p99": _slow_stampede,
    "duration": _long,
}
