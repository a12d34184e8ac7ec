# SPDX-License-Identifier: MIT
"""Applying: a batch at once, and when it fails each row alone, so that one stops no other.

Closes: the row that cannot be applied, at the head of the queue, behind which everything waits.
Race (whose fault was it):
    1. a batch fails: because of one row that nobody can apply, or because the server went away?
    2. were the rows to blame for a dead server, all would still pause when it is back
    3. were the server to blame for a bad row, the relay would wait for one that never left
  So when a row fails alone, the server is asked who it is. No answer: the round ends, and nobody
  is blamed. An answer: the row pauses, longer each time, and the others go on.
Does not: give a row up: one that nobody can ever apply is tried once a minute, and reported each
    time. Blame is this relay's own: another one tries for itself, and so does a new one.
Use:
    >>> from .store import Row
    >>> async def apply(rows):
    ...     print("apply", [row.id for row in rows])
    ...     if any(row.change == "unheard-of" for row in rows):
    ...         raise ValueError("no such change")
    >>> async def server():
    ...     return "there"
    >>> async def main() -> None:
    ...     applying = Applying(apply, server)
    ...     rows = [Row(1, "unheard-of", ""), Row(2, "renamed", "")]
    ...     done, _untried = await applying.run(rows)
    ...     print([row.id for row in done], applying.paused())
    >>> asyncio.run(main())
    apply [1, 2]
    apply [1]
    apply [2]
    [2] [1]

Source: Enterprise Integration Patterns, "Invalid Message Channel" (here the row stays in place).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, NamedTuple

from .store import R

# Between two attempts at a row that fails: soon at first, since it may have been chance.
_FIRST_PAUSE_S, _LAST_PAUSE_S = 1.0, 60.0
# A row that has not come again so long after its pause was done by another relay.
_FORGET_S = 600.0
# So many failures in a row end a round, which holds a transaction open, and so does one that has
# taken long: the rest is left for the next, where those that failed here do not come again.
_FAILURES_A_ROUND = 20


def _silent(_event: str, **_details: object) -> None:
    """Count nothing."""


class _Blame(NamedTuple):
    failures: int
    until_s: float

    @property
    def forget_s(self) -> float:
        return self.until_s + _FORGET_S


class Applying(Generic[R]):
    """Runs ``apply`` and remembers which rows failed; ``server()`` raises when there is none."""

    def __init__(
        self,
        apply: Callable[[Sequence[R]], Awaitable[None]],
        server: Callable[[], Awaitable[object]],
        *,
        apply_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
        observe: Callable[..., None] = _silent,
    ) -> None:
        self._apply = apply
        self._server = server
        self._apply_s = apply_s
        self._clock = clock
        self._observe = observe
        self._blamed: dict[int, _Blame] = {}

    def paused(self) -> list[int]:
        """Ids of the rows that are not to be tried yet."""
        now_s = self._clock()
        gone = [row_id for row_id, blame in self._blamed.items() if now_s > blame.forget_s]
        for row_id in gone:
            del self._blamed[row_id]
        return [row_id for row_id, blame in self._blamed.items() if now_s < blame.until_s]

    async def run(self, rows: Sequence[R]) -> tuple[Sequence[R], Sequence[R]]:
        """Apply rows; return those that are done, and those that were not tried alone.

        Raises what the server raises when it is away.
        """
        if await self._attempt(rows) is None:
            return rows, ()
        done: list[R] = []
        failures, until_s = 0, self._clock() + 2 * self._apply_s
        for tried, row in enumerate(rows, 1):
            error = await self._attempt([row])
            if error is None:
                done.append(row)
                failures = 0
                continue
            await self._server()
            self._blame(row.id, error)
            failures += 1
            if failures == _FAILURES_A_ROUND or self._clock() >= until_s:
                return done, rows[tried:]
        return done, ()

    async def _attempt(self, rows: Sequence[R]) -> Exception | None:
        try:
            # What hangs would hold the rows, and their transaction, for as long.
            async with asyncio.timeout(self._apply_s):
                await self._apply(rows)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other rows go on
            return error
        for row in rows:
            self._blamed.pop(row.id, None)
        return None

    def _blame(self, row_id: int, error: Exception) -> None:
        failures = self._blamed[row_id].failures + 1 if row_id in self._blamed else 1
        pause_s = min(_FIRST_PAUSE_S * 2 ** min(failures - 1, 10), _LAST_PAUSE_S)
        self._blamed[row_id] = _Blame(failures, self._clock() + pause_s)
        self._observe("row_failed", id=row_id, failures=failures, error=error)
