"""Whose children ended between two looks at /proc, and what these children did meanwhile.

A process that ends hands the CPU time of its whole life to whoever waits for it. So the time that
a parent gains holds hours from before the first look, and time of ours where a child was ours.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol, TypeVar

INIT = 1


class Seen(Protocol):
    """What is seen of a process."""

    @property
    def cpu_s(self) -> float:
        """Its own CPU time."""

    @property
    def ended_s(self) -> float:
        """That of the children that it waited for, of their whole lives."""

    @property
    def parent(self) -> int:
        """Its parent's pid."""

    @property
    def began(self) -> int:
        """When it began; with the pid, which process it is."""


P = TypeVar("P", bound=Seen)


def ended_meanwhile(
    before: Mapping[int, P], after: Mapping[int, P], *, is_ours: Callable[[int, P], bool]
) -> Mapping[int, float]:
    """CPU seconds between the looks of children that ended, by the process that waited for them.

    Rather too little than too much. What a child had done before the first look is taken off. Where
    one of ours may have ended, nothing is left, as nobody knows what it did between the looks.
    """
    gained = {
        pid: one.ended_s - (before[pid].ended_s if _survives(pid, before, after) else 0.0)
        for pid, one in after.items()
    }
    for pid, one in before.items():
        if _survives(pid, before, after):
            continue
        rest_s = one.cpu_s + one.ended_s
        for heir in _heirs(one, before, after):
            taken_s = gained[heir] if is_ours(pid, one) else min(rest_s, gained[heir])
            gained[heir] -= taken_s
            rest_s -= taken_s
    return {pid: max(grown_s, 0.0) for pid, grown_s in gained.items()}


def _survives(pid: int, before: Mapping[int, P], after: Mapping[int, P]) -> bool:
    return pid in before and pid in after and before[pid].began == after[pid].began


def _heirs(ended: Seen, before: Mapping[int, P], after: Mapping[int, P]) -> Iterator[int]:
    """Who may have waited for it: its parent; had that ended as well, anybody above, or init."""
    pid, known = ended.parent, set[int]()
    while pid in before and pid not in known:
        known.add(pid)
        if _survives(pid, before, after):
            yield pid
            if pid == ended.parent:
                return
        pid = before[pid].parent
    if INIT not in known and INIT in after:
        yield INIT
