"""K11, left behind: locks and notes of absence that outlived what they were for."""

from collections.abc import Iterator

from ..tally.marks import Mark, having
from .finding import Confidence, Context, Finding, Saving, change_of, span

_PASSING = ("lock", "negative")


def find(context: Context) -> Iterator[Finding]:
    """Locks without a TTL, and those idle for longer than a lock lives."""
    for pattern in context.patterns:
        if pattern.role not in _PASSING:
            continue
        keys, total = pattern.tally.sum_of(is_left)
        if not keys:
            continue
        declared = pattern.declared
        ttl_s = declared.ttl_s if declared and declared.ttl_s else context.limits.lock_ttl_s
        endless = pattern.tally.sum_of(having(Mark.NO_TTL))[0]
        assumed = Confidence("assumed", "taken for locks by their name")
        yield Finding(
            code="K11",
            pattern=pattern.name,
            level="serious" if endless and pattern.role == "lock" else "warning",
            says=f"{keys:,} {'locks' if pattern.role == 'lock' else 'keys'} were left behind",
            evidence=[
                f"{endless:,} of {pattern.tally.keys:,} have no TTL; the others idle for over "
                f"{span(ttl_s)}"
            ],
            keys=keys,
            bytes=None if "bytes" in context.unknown else total,
            confidence=context.sure("ttl") if declared else assumed,
            advice="set the TTL with the lock, in one command: SET key token NX PX ...; a holder "
            "that dies between SET and EXPIRE leaves it for ever",
            saving=Saving("delete", is_left),
            change=change_of(pattern),
        )


def is_left(marks: int) -> bool:
    """Whether a lock's key should have gone."""
    return bool(marks & (Mark.NO_TTL | Mark.IDLE_PAST_TTL))
