"""K09, TTLs that drift from what was declared, and keys that expire in one and the same second."""

from collections.abc import Iterator
from datetime import UTC, datetime

from ..names.book import Pattern
from ..tally.marks import Mark, having
from .finding import Confidence, Context, Finding, change_of, span


def find(context: Context) -> Iterator[Finding]:
    """Both rules; a pattern may break both."""
    for pattern in context.patterns:
        yield from _drift(context, pattern)
        yield from _together(context, pattern)


def _drift(context: Context, pattern: Pattern) -> Iterator[Finding]:
    keys, _ = pattern.tally.sum_of(having(Mark.TTL_TOO_LONG))
    declared = pattern.declared
    if not keys or declared is None or declared.ttl_s is None:
        return
    yield Finding(
        code="K09",
        pattern=pattern.name,
        level="warning",
        says=f"{keys:,} keys live longer than declared",
        evidence=[
            f"the longest has {span(pattern.tally.ttl.largest)} left; declared are "
            f"{span(declared.longest_ttl_s() or 0.0)} with jitter"
        ],
        keys=keys,
        bytes=None,
        confidence=context.sure("ttl"),
        advice="find who else writes these keys, or correct the registry",
        change=change_of(pattern),
    )


def _together(context: Context, pattern: Pattern) -> Iterator[Finding]:
    expiries = pattern.tally.expiries
    busiest = expiries.busiest()
    if busiest is None or expiries.count < context.limits.least_keys:
        return
    second, keys = busiest
    share = keys / expiries.count
    if share <= context.limits.one_second_share:
        return
    at = datetime.fromtimestamp(second, UTC)
    yield Finding(
        code="K09",
        pattern=pattern.name,
        level="warning",
        says=f"{share:.0%} of the keys expire in one second",
        evidence=[f"at least {keys:,} of {expiries.count:,} expire at {at:%Y-%m-%d %H:%M:%S} UTC"],
        keys=keys,
        bytes=None,
        confidence=Confidence("lower bound", "counted in bounded memory, at most 1/64 too low"),
        advice="take a random tenth off each TTL; protect the loads against a stampede",
        change=change_of(pattern),
    )
