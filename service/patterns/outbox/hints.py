# SPDX-License-Identifier: MIT
"""Hints: when to look next, for rows that somebody told of and that are to be left their grace.

Closes: a grace that begins anew with each round: a row that is told of just after one is found too
    young by the next, and waits for yet another.
Race (the hint that comes while another is waited for):
    1. a row is told of, and is to be looked at in 0.4 s
    2. 0.3 s later so is another. One look for both would come too early for the second, and were
       only that one remembered, a storm of hints would put the look off for ever
    3. here each has a time of its own, and those that are close together share the later one
Does not: promise that a hint comes (poll as well), nor that its row is there (rolled back).
Use:
    >>> hints = Hints(grace_s=0.5, apart_s=0.125)
    >>> for now_s in (0.0, 0.0625, 0.125, 0.375):
    ...     hints.hear(now_s)
    >>> hints.due_at_s
    [0.5, 0.625, 0.875]

Source: the trailing edge of a throttle, as timers of user interfaces have it.
"""

import asyncio


class Hints:
    """Times at which to look; ``apart_s`` is the least between two, however many hints come."""

    def __init__(self, *, grace_s: float, apart_s: float) -> None:
        self.due_at_s: list[float] = []  # earliest first; no more than fit into one grace
        self.heard = asyncio.Event()  # set while anything is due
        self._grace_s = grace_s
        self._apart_s = apart_s

    def hear(self, now_s: float) -> None:
        """Look once the grace of what was told of just now is over, or ``apart_s`` after that."""
        due_s = now_s + self._grace_s
        if not self.due_at_s:
            self.due_at_s.append(due_s)
        elif self.due_at_s[-1] < due_s:
            self.due_at_s.append(max(due_s, self.due_at_s[-1] + self._apart_s))
        self.heard.set()

    def looked(self, began_s: float) -> None:
        """A look that began then found all that had been due."""
        self.due_at_s[:] = [due_s for due_s in self.due_at_s if due_s > began_s]
        if not self.due_at_s:
            self.heard.clear()
