"""K01, no TTL: entries of a cache that stay until somebody deletes them, the article's first."""

from collections.abc import Iterator

from ..names.book import Pattern
from ..tally.marks import Mark, having
from .finding import Confidence, Context, Finding, Saving, amount, change_of, span

# Of keys that nobody declared these are taken for a cache's only where something speaks for it.
_CACHES = ("cache", "session")


def find(context: Context) -> Iterator[Finding]:
    """Persistent keys where keys should expire."""
    for pattern in context.patterns:
        if pattern.role in _CACHES:
            yield from _found(context, pattern, context.sure("ttl"))
        elif pattern.role is None and (why := _looks_like_cache(pattern)):
            yield from _found(context, pattern, Confidence("assumed", why))


def _found(context: Context, pattern: Pattern, sure: Confidence) -> Iterator[Finding]:
    tally = pattern.tally
    keys, total = tally.sum_of(having(Mark.NO_TTL))
    if not keys:
        return
    dead = having(Mark.NO_TTL | Mark.IDLE_PAST_TTL)
    dead_keys, dead_bytes = tally.sum_of(dead)
    declared = pattern.declared
    ttl_s = declared.ttl_s if declared and declared.ttl_s else context.limits.assumed_ttl_s
    is_known = "idle" not in context.unknown and "bytes" not in context.unknown
    said = "declared" if declared and declared.ttl_s else "assumed"
    told = (
        f"{dead_keys:,} of them ({amount(dead_bytes)}) idle longer than the {said} {span(ttl_s)}"
        if is_known
        else f"how many of them are dead is unknown: {_reason(context)}"
    )
    yield Finding(
        code="K01",
        pattern=pattern.name,
        level="warning",
        says=f"{keys / tally.keys:.0%} of the keys never expire",
        evidence=[f"{keys:,} of {tally.keys:,} keys ({amount(total)}) have no TTL", told],
        keys=keys,
        bytes=dead_bytes if is_known else None,
        confidence=sure,
        advice=f"set a TTL where these keys are written (EX {ttl_s:.0f}) first; then EXPIRE the "
        "old ones in batches, with jitter",
        saving=Saving("expire", dead) if is_known else None,
        change=change_of(pattern),
    )


def _reason(context: Context) -> str:
    return next(context.unknown[name] for name in ("idle", "bytes") if name in context.unknown)


def _looks_like_cache(pattern: Pattern) -> str | None:
    tally = pattern.tally
    if tally.ttl.count:
        return "not in a registry; other keys of the pattern have a TTL"
    if tally.sum_of(having(Mark.NO_TTL | Mark.UNUSED))[0]:
        return "not in a registry; some of its keys are idle for a week"
    return None
