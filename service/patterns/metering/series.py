# SPDX-License-Identifier: MIT
"""Series: every number that metering keeps, with its name, its labels and what it means.

Closes: dashboards whose panels add what must not be added.
Race: none; all is counted in the event loop's own thread.
Does not: hold a ratio. ``1 - cache_loads_total{reason="miss"} / cache_requests_total`` of the first
    layer is the share of lookups that were served without the source; form it over all processes.
Use:
    >>> series = Series(["post"], ["l1", "l2"])
    >>> series.requests.add("post", "l1", "hit")
    >>> sum(sample.value for sample in series.requests.samples())
    1
    >>> series.requests.add("post:{42}", "l1", "hit")
    Traceback (most recent call last):
    KeyError: ('post:{42}', 'l1', 'hit')

Source: prometheus.io, "Metric and label naming".
"""

from collections.abc import Iterator, Sequence

from .exposition import Counter, Family, Histogram

# What a first look can end with. Hits are served, of which `negative` says that there is nothing
# and `stale` is old; `bypass` did not ask the cache (open breaker), `error` asked in vain.
RESULTS = ("hit", "stale", "negative", "miss", "bypass", "error")
# Why a miss caused no load: it joined a flight of this process, waited for the holder of a lock or
# lease, or took an outdated copy.
WAYS = ("local", "lock", "stale")
# Of a load: somebody waits for it, or it runs in the background.
REASONS = ("miss", "refresh")
OUTCOMES = ("ok", "error", "timeout", "cancelled")
# Of an invalidation: after a write, once more by a relay, or by hand.
CAUSES = ("write", "replay", "manual")
# Steps of two to two and a half: a load from memory takes 1 ms, 5 s is beyond all budgets.
LOAD_BOUNDS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


_REQUESTS = "Lookups by what the first look found. Layers overlap: what l1 misses, l2 is asked."
_COALESCED = "Misses that caused no load: joined one here, waited for one elsewhere, took a copy."
_UNGUARDED = "Keys loaded without a lease, since waiting for the holder's load took too long."
_REFUSED = "Loaded keys that were not stored, since an invalidation or a newer load came first."
_LOADS = "Keys loaded from the source; a batch of 20 keys counts 20."
_LOAD_SECONDS = "Duration of loads; a batch is one."


class Series:
    """All families for the given caches and layers, at zero."""

    def __init__(self, caches: Sequence[str], layers: Sequence[str]) -> None:
        self.requests = Counter(
            "cache_requests_total", _REQUESTS, cache=caches, layer=layers, result=RESULTS
        )
        self.coalesced = Counter("cache_coalesced_total", _COALESCED, cache=caches, how=WAYS)
        self.unguarded = Counter("cache_unguarded_loads_total", _UNGUARDED, cache=caches)
        self.refused = Counter("cache_refused_fills_total", _REFUSED, cache=caches)
        self.loads = Counter(
            "cache_loads_total", _LOADS, cache=caches, reason=REASONS, outcome=OUTCOMES
        )
        self.load_seconds = Histogram(
            "cache_load_seconds", _LOAD_SECONDS, LOAD_BOUNDS_S, cache=caches
        )
        self.invalidations = Counter(
            "cache_invalidations_total", "Keys invalidated.", cache=caches, reason=CAUSES
        )

    def __iter__(self) -> Iterator[Family]:
        yield from (self.requests, self.coalesced, self.unguarded, self.refused)
        yield from (self.loads, self.load_seconds, self.invalidations)
