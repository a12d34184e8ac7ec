"""Savings: what mending everything would free. Each key counts once: delete, expire, re-encode."""

from collections.abc import Sequence
from dataclasses import dataclass

from .findings.finding import Action, Finding, Saving
from .names.book import Pattern

ORDER: tuple[Action, ...] = ("delete", "expire", "re-encode")


@dataclass(frozen=True, slots=True)
class Union:
    """Bytes by action; their sum is what can be had, the findings' own sum is not."""

    by_action: dict[Action, int]

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self.by_action.values())


def union_of(patterns: Sequence[Pattern], findings: Sequence[Finding]) -> Union:
    """The union of what all findings would free."""
    found: dict[Action, float] = dict.fromkeys(ORDER, 0.0)
    for pattern in patterns:
        savings = [
            one.saving for one in findings if one.saving is not None and one.pattern == pattern.name
        ]
        for marks, (_, size) in pattern.tally.marks.items():
            if best := first(savings, marks):
                found[best.action] += size * best.share
    return Union({action: round(size) for action, size in found.items()})


def first(savings: Sequence[Saving], marks: int) -> Saving | None:
    """What frees keys with these marks: the first action, and of equal ones what frees most."""
    fits = [one for one in savings if one.of(marks)]
    return min(fits, key=lambda one: (ORDER.index(one.action), -one.share), default=None)
