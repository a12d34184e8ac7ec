# SPDX-License-Identifier: MIT
"""Settling: rows whose work the writer did itself are marked done together, after its answer.

Closes: a second statement in the path of every write, only to note that nothing is left to do.
Race (why the note may be late, or lost):
    1. a writer commits with its row, drops the entry, and answers
    2. it dies before the row is marked done, or the mark fails
    3. a relay finds the row undone and drops the entry again: one miss too many, nothing wrong
  The other order, mark and then drop, would lose the drop in step 2.
Does not: hurry. A mark is up to ``tick_s`` late, so a relay must leave rows alone for longer than
    that (``grace_s``). Cost: at most one statement each ``tick_s`` and process, none when idle.
Use:
    >>> async def settle(ids):
    ...     print("update outbox set done_at = now() where id = any", ids)
    >>> async def main() -> None:
    ...     settling = Settling()
    ...     async with settling.by(settle):
    ...         settling.add([1])
    ...         settling.add([2, 3])
    >>> asyncio.run(main())
    update outbox set done_at = now() where id = any [1, 2, 3]

Source: microservices.io, "Transactional outbox" (the relay marks what it has published).
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

# While the database is away marks pile up; the oldest are forgotten first, and a relay does those.
_MOST = 10_000


def _silent(_event: str, **_details: object) -> None:
    """Count nothing."""


class Settling:
    """Collects ids with ``add``, and hands them to a statement, one at a time, in the background.

    ``observe`` gets ``settle_failed`` (error=); those ids are tried again with the next.
    """

    def __init__(
        self,
        *,
        # Half a relay's grace: a mark is made before anybody takes the row for a dead writer's.
        tick_s: float = 0.15,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        observe: Callable[..., None] = _silent,
    ) -> None:
        self._tick_s = tick_s
        self._sleep = sleep
        self._observe = observe
        self._ids: deque[int] = deque(maxlen=_MOST)
        self._added = asyncio.Event()

    def add(self, ids: Sequence[int]) -> None:
        """Have these rows marked done soon; costs no waiting."""
        self._ids.extend(ids)
        self._added.set()

    @contextlib.asynccontextmanager
    async def by(self, settle: Callable[[Sequence[int]], Awaitable[None]]) -> AsyncIterator[None]:
        """Mark rows for as long as the block, and at its end those that are left."""
        task = asyncio.create_task(self._run(settle))
        try:
            yield
        finally:
            while not task.done():
                task.cancel()
                # Again if need be: on Python 3.11 a cancellation can be lost in a wait_for, such as
                # a driver's. Not sooner, or it would hit what the first one has caused.
                await asyncio.wait((task,), timeout=1.0)
            await self._settle(settle)

    async def _run(self, settle: Callable[[Sequence[int]], Awaitable[None]]) -> None:
        while True:
            await self._added.wait()
            await self._sleep(self._tick_s)
            self._added.clear()
            await self._settle(settle)

    async def _settle(self, settle: Callable[[Sequence[int]], Awaitable[None]]) -> None:
        ids = list(self._ids)
        if not ids:
            return
        try:
            await settle(ids)
        except Exception as error:  # noqa: BLE001 - a late mark is harmless, whatever kept it
            self._observe("settle_failed", error=error)
            return
        for _ in ids:  # those that came meanwhile stand behind them
            self._ids.popleft()
