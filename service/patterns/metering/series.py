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
# What a served value may be late by: a refresh takes a second, an outage minutes.
LATE_BOUNDS_S = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0)
LOCK_BOUNDS_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
# From a counter's size to what no single value should have.
VALUE_BOUNDS_BYTES = (64, 256, 1024, 4096, 16_384, 65_536, 262_144)
# Of an eviction from the process's own cache: others needed the room, or its life was over.
EVICTIONS = ("room", "life")
DIRECTIONS = ("encode", "decode")
# Loads, in steps of two to two and a half: from memory one takes 1 ms, 5 s is beyond all budgets.
LOAD_BOUNDS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


_REQUESTS = "Lookups by what the first look found. Layers overlap: what l1 misses, l2 is asked."
_COALESCED = "Misses that caused no load: joined one here, waited for one elsewhere, took a copy."
_UNGUARDED = "Keys loaded without a lease, since waiting for the holder's load took too long."
_REFUSED = "Loaded keys that were not stored, since an invalidation or a newer load came first."
_LOADS = "Keys loaded from the source; a batch of 20 keys counts 20."
_LOAD_SECONDS = "Duration of loads; a batch is one."
_LOCK_WAIT = "How long misses waited for the load of another process, where that brought a value."
_STALE_AGE = "By how much values that were served had outlived their soft life."
_VALUE_BYTES = "Sizes of values as they were encoded, before any compression."
_WRITES = "Values encoded to be stored; cache_refused_fills_total says how many of them were not."
_CODEC = "Time spent in the codec; a value that cannot be decoded counts as well."
_PAYLOAD = "Bytes that the codec wrote or was given to read, uncompressed."
_EVICTIONS = "Values that left the process's own cache: for want of room, or their life was over."


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
        self._measures(caches)

    def _measures(self, caches: Sequence[str]) -> None:
        self.lock_wait = Histogram(
            "cache_lock_wait_seconds", _LOCK_WAIT, LOCK_BOUNDS_S, cache=caches
        )
        self.stale_age = Histogram(
            "cache_stale_age_seconds", _STALE_AGE, LATE_BOUNDS_S, cache=caches
        )
        self.value_bytes = Histogram(
            "cache_value_bytes", _VALUE_BYTES, VALUE_BOUNDS_BYTES, cache=caches
        )
        self.writes = Counter("cache_writes_total", _WRITES, cache=caches)
        self.codec_seconds = Counter(
            "cache_codec_seconds_total", _CODEC, cache=caches, direction=DIRECTIONS
        )
        self.payload_bytes = Counter(
            "cache_payload_bytes_total", _PAYLOAD, cache=caches, direction=DIRECTIONS
        )
        self.evictions = Counter("cache_evictions_total", _EVICTIONS, cache=caches, cause=EVICTIONS)

    def __iter__(self) -> Iterator[Family]:
        yield from (self.requests, self.coalesced, self.unguarded, self.refused)
        yield from (self.loads, self.load_seconds, self.invalidations, self.lock_wait)
        yield from (self.stale_age, self.value_bytes, self.writes, self.codec_seconds)
        yield from (self.payload_bytes, self.evictions)
