# SPDX-License-Identifier: MIT
"""Replay: after a change of cache servers, what was applied to the old one is applied once more.

Closes: dropped entries that are back, because another server took over without the last drops.
Race (the drop whose row is not marked yet):
    1. a writer commits and drops its entry on the old server; the row is marked in a moment
    2. the server changes; the relay replays what is marked as done in the last minute
    3. now the row is marked. It was in no replay, and its drop is on no server
  So a replay takes what was done *or written*, and goes back to ``back_s`` seconds before the old
  server was last seen: after an outage of ten minutes the lost drops are older than ten minutes.
  A server that was replayed to less than ``back_s`` ago, and is gone, takes that replay with it.
Does not: know of an outage that began before this process did (it replays back to ``back_s``
    before its own start), or wait for a row that fails although the server answers: that is owed,
    and tried again with pauses for ``back_s``, then given up (``replay_failed``): TTL is the bound.
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
        # Then new rows have their turn: a row that hangs takes 5 s, and there may be more of them.
        turn_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
        observe: Callable[..., None] = _silent,
    ) -> None:
        self._store = store
        self._applying = applying
        self._servers = servers
        self._back_s = back_s
        self._limit = limit
        self._turn_s = turn_s
        self._clock = clock
        self._observe = observe
        self._seen_s = clock()  # when the accepted server was last known to have all drops
        self._target: str | None = None  # the server that a replay under way is for
        self._after, self._count = 0, 0
        self._untried: Sequence[R] = ()
        self._owed: list[R] = []
        self._until_s = 0.0

    @property
    def is_over(self) -> bool:
        """Whether nothing is under way, nor so recent that another server might have lost it."""
        return self._target is None and self._clock() >= self._until_s

    async def catch_up(self) -> None:
        """Replay if another server answers than before; raise while none does.

        After ``turn_s`` it returns, and goes on when it is called again.
        """
        try:
            seen = await self._servers.check()
            if self._servers.is_news(seen):
                await self._replay(seen)
                return
            self._target = None
            if self.is_over:
                self._seen_s = self._clock()
            if self._owed:
                await self._pay()
        except BaseException:
            self._target = None  # a replay that was cut short is due again, all of it
            raise

    async def _replay(self, seen: str) -> None:
        if seen != self._target:
            self._target = seen
            self._after, self._count, self._untried, self._owed = 0, 0, (), []
        turn_ends_s = self._clock() + self._turn_s
        while rows := self._untried or await self._next():
            self._after = rows[-1].id
            done, self._untried, failed = await self._apply(rows)
            self._count += len(done)
            self._owed += failed
            if self._clock() >= turn_ends_s:
                return
        self._servers.accept(seen)
        self._target = None
        self._until_s = self._clock() + self._back_s
        self._observe("replayed", rows=self._count)

    async def _next(self) -> Sequence[R]:
        # Reading on by id is safe here, where it is not for taking: a row that becomes visible
        # behind us is applied after its commit, so on the new server.
        back_s = self._back_s + self._clock() - self._seen_s
        return await self._store.recent(back_s, after=self._after, limit=self._limit)

    async def _pay(self) -> None:
        paused = set(self._applying.paused())
        waiting = [row for row in self._owed if row.id in paused]
        due = [row for row in self._owed if row.id not in paused]
        _done, untried, failed = await self._apply(due)
        self._owed = [*untried, *waiting, *failed]
        if self._owed and self._clock() >= self._until_s:
            self._observe("replay_failed", rows=len(self._owed))
            self._owed = []

    async def _apply(self, rows: Sequence[R]) -> tuple[Sequence[R], Sequence[R], list[R]]:
        """Apply rows; return those that are done, those not tried, and those that failed."""
        if not rows:
            return (), (), []
        done, untried = await self._applying.run(rows)
        others = {row.id for row in (*done, *untried)}
        return done, untried, [row for row in rows if row.id not in others]
