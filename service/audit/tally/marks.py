"""Marks: what holds of one key. Keys are counted by which marks they have together.

That is how savings are a union: whatever finding a key belongs to, it is in one row only.
"""

from collections.abc import Callable
from enum import IntFlag

from ..names.registry import Declared
from ..options import Thresholds
from ..reading import PERSISTENT, KeyFacts


class Mark(IntFlag):
    """One thing that holds of a key."""

    NO_TTL = 1
    IDLE_PAST_TTL = 2  # for longer than it should have lived
    UNUSED = 4  # idle for a week
    NEVER_READ = 8
    READ = 16
    YOUNG = 32
    TTL_TOO_LONG = 64
    OVERSIZED = 128


def marks_of(
    fact: KeyFacts,
    declared: Declared | None,
    *,
    now_s: float,
    written_at_s: float | None,
    limits: Thresholds,
    ttl_s: float,
) -> int:
    """The marks of a key; `ttl_s` is what an entry of its pattern should live for."""
    marks = 0
    idle_s, expires_ms = fact.idle_s, fact.expires_ms
    if expires_ms == PERSISTENT:
        marks |= Mark.NO_TTL
    elif expires_ms is not None and declared and declared.ttl_s is not None:
        left_s = expires_ms / 1000 - now_s
        if left_s > (declared.longest_ttl_s() or 0.0) + limits.drift_slack_s:
            marks |= Mark.TTL_TOO_LONG
    if idle_s is not None:
        marks |= Mark.IDLE_PAST_TTL * (idle_s > ttl_s) | Mark.UNUSED * (idle_s > limits.unused_s)
        if written_at_s is not None:
            age_s = now_s - written_at_s
            marks |= _use(age_s, idle_s, limits)
    if fact.bytes is not None and fact.bytes > limits.oversized_bytes:
        marks |= Mark.OVERSIZED
    return int(marks)


def written_by_ttl(fact: KeyFacts, declared: Declared | None) -> float | None:
    """When a key was written, by its TTL; `None` where that says nothing of it."""
    # A TTL that differs from key to key, or begins anew with each read, is no clock.
    if declared is None or declared.ttl_s is None or declared.jitter or declared.slides:
        return None
    if fact.expires_ms is None or fact.expires_ms <= 0:
        return None
    return fact.expires_ms / 1000 - declared.ttl_s


def having(wanted: int, without: int = 0) -> Callable[[int], bool]:
    """Whether marks hold all that are wanted and none of the others."""
    return lambda marks: marks & wanted == wanted and not marks & without


def _use(age_s: float, idle_s: int, limits: Thresholds) -> int:
    if age_s < limits.young_s:
        return Mark.YOUNG
    return Mark.NEVER_READ if idle_s >= age_s - limits.written_slack_s else Mark.READ
