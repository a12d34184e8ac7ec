"""What the cache did for one request, from its Cache-Status header (RFC 9211)."""

from functools import lru_cache

from loadtests.result import CacheOutcome

HITS: frozenset[CacheOutcome] = frozenset({"hit", "stale"})


@lru_cache(maxsize=1024)  # a header may carry a ttl, so the values are few but not fixed
def outcome_of(cache_status: str) -> CacheOutcome:
    """`none` when there is no header or nothing in it that is known."""
    parameters = [part.strip().lower() for part in cache_status.split(";")[1:]]
    if "hit" in parameters:
        return "stale" if "detail=stale" in parameters else "hit"
    if "collapsed" in parameters:
        return "collapsed"
    forwarded = next((part[4:] for part in parameters if part.startswith("fwd=")), "none")
    if forwarded == "bypass":
        return "bypass"
    return "none" if forwarded == "none" else "miss"
