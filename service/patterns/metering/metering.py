# SPDX-License-Identifier: MIT
"""Metering: counts what caches did, each first look once, and what their protections saved.

Closes: a hit rate that nobody knows (the article's was 23 %), and one that looks well and is wrong.
Race (the hit rate that rises in a stampede):
    1. a hundred callers miss one key; one of them loads for a second
    2. it stores the value; the other 99 look again, and find it
    3. were that second look counted, 99 hits would join 100 misses: 50 %, in the very second in
       which everybody waited for the database
  So a request is counted by its first look, under one ``result``; what came of a miss has counters
  of its own. No ratio leaves the process: ratios of processes cannot be added, counts can.
Does not: tell keys apart (a label per key is a series per key), merge processes, or count across
    threads. A request whose look was a miss and whose next command fails is counted again, as an
    error (fail_open tells of it). Cost: under a microsecond per event; some 40 lines of text for
    each cache.
Use:
    >>> metering = Metering(["post"])
    >>> observe = metering.layer("post", "l2")     # CacheAside(redis, ..., observe=observe)
    >>> observe("hit", key="post:{42}")
    >>> [line for line in metering.text().splitlines() if line.endswith(" 1")]
    ['cache_requests_total{cache="post",layer="l2",result="hit"} 1']

Source: prometheus.io, "Instrumentation"; a hit counter that misses bumped too: deco-cx/deco #1211.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import cast

from .coding import Coding
from .exposition import Family, lines
from .series import RESULTS, Series

# The events that end a first look, and those that tell why a miss caused no load. A stale value
# may be either: found by the look, or taken, after a miss, `instead_of` a load.
_FIRST_LOOKS = frozenset(RESULTS)
_COALESCED = {"coalesced": "local", "waited": "lock"}
# With these a load is over, also one that ran outside `loading`.
_LOADED = frozenset({"load", "load_failed"})

_LABEL = re.compile(r"[a-z][a-z0-9_]*")
# Announced refreshes whose loads do not run inside `loading` must not pile up.
_MOST_ANNOUNCED = 1024
# A label value is for ever a few dozen series. More names than this are ids of something.
_MOST_CACHES = 64


class Metering:
    """The counts of one process, under the names in ``caches`` and no others.

    ``sinks`` are told of each request as ``sink(result, cache, layer)`` (see ``StatsD``). Names
    are checked when something is wired (``ValueError``), never while a request is served.
    """

    def __init__(
        self,
        caches: Sequence[str],
        *,
        layers: Sequence[str] = ("l1", "l2"),
        clock: Callable[[], float] = time.perf_counter,
        sinks: Sequence[Callable[[str, str, str], None]] = (),
    ) -> None:
        _check(caches, layers)
        self._caches = tuple(caches)
        self.layers = tuple(layers)
        self._clock = clock
        self._sinks = tuple(sinks)
        # Keys whose refresh has been announced and whose load has not begun, by cache.
        self._refreshed: dict[str, set[str]] = {cache: set() for cache in caches}
        self._series = Series(caches, layers)

    def layer(
        self, cache: str, layer: str, *, is_absent: Callable[[object], bool] = lambda _value: False
    ) -> Callable[..., None]:
        """Return the ``observe`` for one layer of one cache. Raises ``ValueError``.

        ``is_absent(value)`` tells a remembered absence where the pattern says what it found.
        Events that say nothing countable are ignored: patterns tell more than this counts.
        """
        _known("cache", cache, self._caches)
        _known("layer", layer, self.layers)
        series = self._series

        def observe(event: str, **details: object) -> None:
            if event == "hit":
                if "value" in details and is_absent(details["value"]):
                    event = "negative"
                elif late_s := details.get("late_s"):
                    event = "stale"
                    series.stale_age.observe(cache, cast("float", late_s))
            if event in _FIRST_LOOKS and details.get("instead_of") != "load":
                series.requests.add(cache, layer, event)
                for sink in self._sinks:
                    sink(event, cache, layer)
            else:
                self._became(cache, event, details)

        return observe

    def _became(self, cache: str, event: str, details: dict[str, object]) -> None:
        """Count what came of a miss, or what no request had asked for."""
        series, refreshed = self._series, self._refreshed[cache]
        if event == "stale":
            series.coalesced.add(cache, "stale")
        elif event in _COALESCED:
            series.coalesced.add(cache, _COALESCED[event])
            if "after_s" in details:
                series.lock_wait.observe(cache, cast("float", details["after_s"]))
        elif event == "refresh":
            if len(refreshed) >= _MOST_ANNOUNCED:
                refreshed.clear()
            refreshed.add(str(details["key"]))
        elif event in _LOADED:
            refreshed.discard(str(details["key"]))
        elif event == "unguarded_load":
            series.unguarded.add(cache)
        elif event == "refused_fill":
            series.refused.add(cache)
        elif event == "evicted":
            series.evictions.add(cache, str(details.get("cause", "room")))

    @contextmanager
    def loading(self, cache: str, *keys: str) -> Iterator[None]:
        """Measure one load of ``keys``: put it round the query, inside every layer and limit.

        Whether a load is a refresh is known from the layer's own events, so a layer that
        refreshes needs its ``observe`` as well.
        """
        refreshed = self._refreshed[cache] & set(keys)
        self._refreshed[cache].difference_update(refreshed)
        outcome = "cancelled"
        began_s = self._clock()
        try:
            yield
            outcome = "ok"
        except TimeoutError:
            outcome = "timeout"
            raise
        except Exception:
            outcome = "error"
            raise
        finally:
            self._series.load_seconds.observe(cache, self._clock() - began_s)
            self._series.loads.add(cache, "refresh", outcome, n=len(refreshed))
            self._series.loads.add(cache, "miss", outcome, n=len(set(keys)) - len(refreshed))

    def coding(self, cache: str) -> Coding:
        """Return what measures the codec of one cache. Raises ``ValueError``."""
        _known("cache", cache, self._caches)
        return Coding(self._series, cache, self._clock)

    def invalidated(self, cache: str, cause: str, n: int = 1) -> None:
        """Count ``n`` invalidated keys. Raises ``KeyError`` for names outside the registry."""
        self._series.invalidations.add(cache, cause, n=n)

    def families(self) -> list[Family]:
        """Return everything counted, as numbers: what is to be merged over processes."""
        return list(self._series)

    def text(self) -> str:
        """Return everything counted, as Prometheus reads it (``CONTENT_TYPE``)."""
        return "\n".join(line for family in self._series for line in lines(family)) + "\n"


def _check(caches: Sequence[str], layers: Sequence[str]) -> None:
    if len(caches) > _MOST_CACHES:
        raise ValueError(f"{len(caches)} caches: name kinds of entries, not entries.")
    for name in (*caches, *layers):
        if not _LABEL.fullmatch(name):
            raise ValueError(f"{name!r} is no label: lower case letters, digits and _ only.")


def _known(what: str, name: str, names: Sequence[str]) -> None:
    if name not in names:
        raise ValueError(f"{name!r} is no {what} of this registry: {', '.join(names)}.")
