"""K04, oversized values: over 100 kB, or over ten times what is usual in their pattern."""

from collections.abc import Iterator

from ..names.book import Pattern
from ..tally.marks import Mark, having
from .finding import Confidence, Context, Finding, amount, change_of


def find(context: Context) -> Iterator[Finding]:
    """Patterns with values that are too large, for a network or among their own."""
    for pattern in context.patterns:
        sizes = pattern.tally.bytes
        median = sizes.quantile(0.5)
        if median is None:
            continue
        keys, total, bound = _oversized(context, pattern, median)
        if not keys:
            continue
        yield Finding(
            code="K04",
            pattern=pattern.name,
            level="warning",
            says=f"{keys:,} of {pattern.tally.keys:,} keys are larger than {amount(bound)}",
            evidence=[
                f"the largest has {amount(sizes.largest)}, the median {amount(median)}",
                f"they hold {amount(total)} of the pattern's {amount(sizes.total)}",
            ],
            keys=keys,
            bytes=total,
            confidence=_sure(context, pattern),
            advice="split them, page them, or leave out fields that readers do not need: each hit "
            "moves all of it over the network",
            change=change_of(pattern),
        )


def _oversized(context: Context, pattern: Pattern, median: float) -> tuple[int, int, float]:
    """Keys, their bytes, and from where on they are too large."""
    limits, sizes = context.limits, pattern.tally.bytes
    usual = max(limits.oversized_times_median * median, limits.oversized_floor_bytes)
    if usual < limits.oversized_bytes and sizes.count >= limits.least_keys:
        keys, total = sizes.above(usual)
        return keys, round(total), usual
    return (*pattern.tally.sum_of(having(Mark.OVERSIZED)), float(limits.oversized_bytes))


def _sure(context: Context, pattern: Pattern) -> Confidence:
    sure = context.sure("bytes")
    if pattern.tally.rough_keys and sure.kind == "exact":
        return Confidence("sampled", "large collections are measured on 1,000 members each")
    return sure
