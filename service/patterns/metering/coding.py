# SPDX-License-Identifier: MIT
"""Coding: what a cache's codec costs, and how large its values are.

Closes: a codec that takes more time than the query it saves, and a value that grew unseen.
Race: none; all is counted in the event loop's own thread.
Does not: know whether a value was stored in the end; a lease may refuse it, and counts that.
Use:
    >>> series = Series(["post"], ["l2"])
    >>> Coding(series, "post", lambda: 0.0).encoding(str.encode)("hello")
    b'hello'
    >>> sum(sample.value for sample in series.payload_bytes.samples())
    5

Source: prometheus.io, "Instrumentation".
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from .series import Series

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Coding:
    """The codec of one cache; ``clock`` is in seconds."""

    series: Series
    cache: str
    clock: Callable[[], float]

    def encoding(self, encode: Callable[[V], bytes]) -> Callable[[V], bytes]:
        """Return ``encode``, measured: each value it is given is taken to be stored."""
        series, cache, clock = self.series, self.cache, self.clock

        def measured(value: V) -> bytes:
            began_s = clock()
            raw = encode(value)
            series.codec_seconds.add(cache, "encode", n=clock() - began_s)
            series.payload_bytes.add(cache, "encode", n=len(raw))
            series.value_bytes.observe(cache, len(raw))
            series.writes.add(cache)
            return raw

        return measured

    def decoding(self, decode: Callable[[bytes], V]) -> Callable[[bytes], V]:
        """Return ``decode``, measured, also where it raises."""
        series, cache, clock = self.series, self.cache, self.clock

        def measured(raw: bytes) -> V:
            began_s = clock()
            try:
                return decode(raw)
            finally:
                series.codec_seconds.add(cache, "decode", n=clock() - began_s)
                series.payload_bytes.add(cache, "decode", n=len(raw))

        return measured
