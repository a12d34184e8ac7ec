"""Which phases a figure rests on: when one of them broke its conditions, nothing is drawn from it.

A figure goes by the key that it has in a strategy's result, and rests on that strategy's phases.
"""

from collections.abc import Mapping

_WEIGHED = ("warm",)  # weighed right after the warm trace, before anything else is sent
# Who did not make the first ramp is topped up with it, only for what is measured at low.
_AT_LOW = ("top up", "low")

PHASES: Mapping[str, tuple[str, ...]] = {
    "cache_bytes": _WEIGHED,
    "dollars_per_month_article_scale": _WEIGHED,
    "cache_keys": _WEIGHED,
    "cache_keys_without_ttl": _WEIGHED,
    "bytes_per_post_entry": _WEIGHED,
    "latency_ms": _AT_LOW,
    "hit_rate": _AT_LOW,
    "sql_per_request": _AT_LOW,
    "latency_ms_at_high": ("high",),
    "knee_per_s": ("ramp",),
    "hit_rate_equal_budget": ("equal budget, settling", "equal budget"),
    "stampede": ("stampede",),
}

# What a figure of one strategy sets for all: the budget and the dollars follow naive's bytes.
SET_BY: Mapping[str, tuple[str, str]] = {
    "hit_rate_equal_budget": ("naive", "cache_bytes"),
    "dollars_per_month_article_scale": ("naive", "cache_bytes"),
}


def rests_on(figure: str, *strategies: str) -> set[tuple[str, str]]:
    """(strategy, phase) of every phase that `figure` of these strategies rests on."""
    found = {(strategy, phase) for strategy in strategies for phase in PHASES[figure]}
    if figure in SET_BY:
        strategy, other = SET_BY[figure]
        found |= {(strategy, phase) for phase in PHASES[other]}
    return found
