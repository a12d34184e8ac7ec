"""K02, never read after write: what was stored for readers who did not come."""

from collections.abc import Iterator
from math import sqrt
from typing import NamedTuple

from ..names.book import Pattern
from ..tally.marks import Mark, having
from .finding import Confidence, Context, Finding, Saving, amount, change_of
from .k06 import EVERY

_READ_OFTEN = ("cache", "session", "negative", None)
LEAST_SAMPLES = 20
WITHIN = 1.96  # 95 %


class _Unread(NamedTuple):
    """Of `known` keys older than a minute `share` were never read; `keys`, `bytes` are of all."""

    known: int
    share: float
    keys: int
    bytes: int
    saving: Saving
    sure: Confidence


def find(context: Context) -> Iterator[Finding]:
    """Patterns most of whose keys nobody has read since they were written."""
    for pattern in context.patterns:
        if pattern.role not in _READ_OFTEN:
            continue
        unread = _unread(context, pattern)
        if unread is None or unread.share <= context.limits.never_read_share:
            continue
        yield Finding(
            code="K02",
            pattern=pattern.name,
            level="warning",
            says=f"{unread.share:.0%} of the keys older than a minute were never read",
            evidence=[
                f"{unread.keys:,} keys ({amount(unread.bytes)}) idle for as long as they exist; "
                f"known of {unread.known:,}",
                _clock(pattern),
            ],
            keys=unread.keys,
            bytes=None if "bytes" in context.unknown else unread.bytes,
            confidence=unread.sure,
            advice="stop caching these, or store on the second miss only; each of them also cost "
            "a load and a SET",
            saving=unread.saving,
            change=change_of(pattern),
        )


def _unread(context: Context, pattern: Pattern) -> _Unread | None:
    tally, wanted = pattern.tally, having(Mark.NEVER_READ)
    keys, size = tally.sum_of(wanted)
    known = keys + tally.sum_of(having(Mark.READ))[0]
    young = tally.sum_of(having(Mark.YOUNG))[0]
    if context.touches and known + young < tally.keys:
        return _of_sample(pattern, keys, known, young)
    if not known or known < min(context.limits.least_keys, tally.keys):
        return None
    sure = context.sure("idle")
    if known + young < tally.keys:
        told = f"it is known of {known + young:,} of {tally.keys:,} keys"
        sure = Confidence("lower bound", told)
    return _Unread(known, keys / known, keys, size, Saving("delete", wanted), sure)


def _of_sample(pattern: Pattern, keys: int, known: int, young: int) -> _Unread | None:
    """Where reading a value resets its idle time, a fair sample of the values has to do."""
    tally = pattern.tally
    if known < min(LEAST_SAMPLES, tally.keys):
        return None
    share = keys / known
    of_all = keys / (known + young)
    error = WITHIN * sqrt(share * (1 - share) / known)
    sure = Confidence("sampled", f"{known:,} of {tally.keys:,} keys, ± {error:.0%}")
    return _Unread(
        known,
        share,
        round(of_all * tally.keys),
        round(of_all * tally.bytes.total),
        Saving("delete", EVERY, of_all),
        sure,
    )


def _clock(pattern: Pattern) -> str:
    if pattern.declared and pattern.declared.envelope:
        return "written at: the head of each value; read at: OBJECT IDLETIME"
    return "written at: the declared TTL less what is left of it; read at: OBJECT IDLETIME"
