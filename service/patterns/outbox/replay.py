# SPDX-License-Identifier: MIT
"""Replay: after a change of cache servers, what was applied to the old one is applied once more.

Closes: dropped entries that are back, because another server took over without the last drops.
Race (the drop whose row is not marked yet):
    1. a writer commits and drops its entry on the old server; the row is marked in a moment
    2. the server changes; the relay replays what is marked as done in the last minute
    3. now the row is marked. It was in no replay, and its drop is on no server
  So a replay takes what was done *or written* in the last ``back_s`` seconds.
Does not: wait for a row that fails although the server answers: it is owed, and tried again with
    pauses for ``back_s`` seconds, then given up (``replay_failed``): the TTL is its bound.
Use:
    >>> from .applying import Applying
    >>> from .identity import Servers
    >>> from .store import Row
    >>> class Recent:  # of a store, all that is asked here
    ...     async def recent(self, back_s, *, after, limit):
    ...         return [] if after else [Row(1, "renamed", "example:{42}")]
    >>> async def apply(rows):
    ...     print("apply", [row.id for row in rows])
    >>> async def server():
    ...     return "the first"
    >>> async def main() -> None:
    ...     replay = Replay(Recent(), Applying(apply, server), Servers(server))
    ...     await replay.catch_up()  # at the start: what was before, nobody here knows
    ...     await replay.catch_up()
    >>> asyncio.run(main())
    apply [1]

Source: redis.io, "Replication" (asynchronous: an acknowledged write can be lost).
"""

import time
from collections.abc import Callable, Sequence
from typing import Generic

from .applying import Applying
from .identity import Servers
from .store import R, Store


def _silent(_event: str, **_details: object) -> None:
    """Count nothing."""


class Replay(Generic[R]):
    """Knows which server was caught up with, and which rows it is still owed."""

    def __init__(
        self,
        store: Store[R],
        applying: Applying[R],
        servers: Servers,
        *,
        back_s: float = 60.0,
        limit: int = 100,
        clock: Callable[[], float] = time.monotonic,
        observe: Callable[..., None] = _silent,
    ) -> None:
        self._store = store
        self._applying = applying
        self._servers = servers
        self._back_s = back_s
        self._limit = limit
        self._clock = clock
        self._observe = observe
        self._owed: list[R] = []
        self._until_s = 0.0

    async def catch_up(self) -> None:
        """Replay if another server answers than before; raise while none does."""
        seen = await self._servers.check()
        if self._servers.is_news(seen):
            await self._replay()
            self._servers.accept(seen)  # not before: a replay that was cut short is due again
        elif self._owed:
            await self._pay()

    async def _replay(self) -> None:
        self._owed = []
        after, count = 0, 0
        # Reading on by id is safe here, where it is not for taking: a row that becomes visible
        # behind us is applied after its commit, so on the new server.
        while rows := await self._store.recent(self._back_s, after=after, limit=self._limit):
            self._owed += await self._apply(rows)
            count += len(rows)
            after = rows[-1].id
        self._until_s = self._clock() + self._back_s
        self._observe("replayed", rows=count - len(self._owed))

    async def _pay(self) -> None:
        paused = set(self._applying.paused())
        waiting = [row for row in self._owed if row.id in paused]
        due = [row for row in self._owed if row.id not in paused]
        self._owed = waiting + await self._apply(due)
        if self._owed and self._clock() >= self._until_s:
            self._observe("replay_failed", rows=len(self._owed))
            self._owed = []

    async def _apply(self, rows: Sequence[R]) -> list[R]:
        """Apply all rows; return those that failed."""
        failed: list[R] = []
        while rows:
            done = {row.id for row in await self._applying.run(rows)}
            paused = set(self._applying.paused())
            failed += [row for row in rows if row.id not in done and row.id in paused]
            # What is neither was not tried: a round ends after many failures.
            rows = [row for row in rows if row.id not in done and row.id not in paused]
        return failed
