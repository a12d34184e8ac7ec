"""K10, unbounded pattern: more keys with every audit, and nothing that ends it."""

from collections.abc import Iterator

from .finding import Confidence, Context, Finding, amount


def find(context: Context) -> Iterator[Finding]:
    """Learned patterns that grew by over 20 % since the earlier audit, most of them for ever."""
    earlier = context.earlier
    if earlier is None or earlier.partial is not None or not context.is_whole:
        return
    for pattern in context.patterns:
        tally, before = pattern.tally, earlier.patterns.get(pattern.name)
        if pattern.declared is not None or before is None or tally.keys < context.limits.least_keys:
            continue
        if tally.keys <= (1 + context.limits.grown_share) * before.keys:
            continue
        yield Finding(
            code="K10",
            pattern=pattern.name,
            level="info",
            says=f"{tally.keys / before.keys - 1:.0%} more keys than on {earlier.made_at[:10]}",
            evidence=[
                f"{before.keys:,} keys then, {tally.keys:,} now; "
                f"{amount(tally.bytes.total)}; {tally.ttl.count:,} have a TTL"
            ],
            keys=tally.keys - before.keys,
            bytes=None,
            confidence=Confidence("assumed", "whether they are read less is not known"),
            advice="see whether the name holds a time or a hash that never comes back; give these "
            "keys a TTL and a bound",
        )
