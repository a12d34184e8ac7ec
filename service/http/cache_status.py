"""`Cache-Status` (RFC 9211) on every answer: what the caches did for this request."""

from typing import Protocol

HEADER = {
    "hit": b"corral; hit",
    "stale": b"corral; hit; detail=stale",
    "miss": b"corral; fwd=miss",
    "collapsed": b"corral; fwd=miss; collapsed",
    "bypass": b"corral; fwd=bypass",
}


class Cached(Protocol):
    """What the caches did for one request."""

    ttl_s: float | None

    def answer(self) -> str:
        """A key of `HEADER`."""


def cache_status(trace: Cached) -> bytes:
    """The header's value; `ttl` in seconds, rounded down, on hits of which it is known."""
    word = trace.answer()
    said = HEADER[word]
    return b"%b; ttl=%d" % (said, trace.ttl_s) if word == "hit" and trace.ttl_s else said
