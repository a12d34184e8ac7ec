# SPDX-License-Identifier: MIT
"""Outbox relay: what a write owes its caches is a row of that write, applied until it is done.

Closes: the entry that stays old because its writer died, or Redis was away, after the commit.
Race (the writer that dies, the reader that skips, the server that forgets):
    1. the writer commits, and dies before it drops the entry: nobody else knows of it. Here the
       same transaction wrote a row, and a relay finds it
    2. two writers get ids 7 and 8, and 8 commits first. A relay that reads ``id > last`` takes 8
       and never sees 7. Here rows are taken by their state, with SKIP LOCKED, whatever their id
    3. an entry is dropped, its row done; then Redis fails over to a replica, or starts from a
       snapshot, that never saw the drop. Here another server means the 60 s before the old one
       was last seen once more, and all since
Does not: apply once (at least once: ``apply`` must be idempotent), keep the order of rows, or
    replay further back than that (beyond it the TTL is the bound). Cost: a statement each
    ``poll_s`` and process, and a row a write. A row that always fails stays: watch ``row_failed``.
Use:
    >>> from contextlib import asynccontextmanager
    >>> from . import Row, Taken, server_identity
    >>> class List:  # in place of a database; see Table
    ...     rows = [Row(1, "renamed", "example:{42}")]
    ...     @asynccontextmanager
    ...     async def take(self, limit, *, older_s, but):
    ...         yield Taken(list(self.rows), self.settle)
    ...     async def settle(self, ids):
    ...         self.rows.clear()
    ...     async def recent(self, back_s, *, after, limit):
    ...         return []
    >>> async def main() -> None:
    ...     async with Redis.from_url(REDIS_URL) as redis:
    ...         async def drop(rows):
    ...             await redis.delete(*(row.payload for row in rows))
    ...         await redis.set("example:{42}", "old", ex=60)
    ...         relay = Relay(List(), drop, identity=lambda: server_identity(redis))
    ...         print(await relay.look(), await relay.look(), await redis.get("example:{42}"))
    >>> asyncio.run(main())
    1 0 None

Source: microservices.io, "Transactional outbox"; PostgreSQL, "SELECT" (SKIP LOCKED); redis.io,
    "Replication" (asynchronous: an acknowledged write can be lost).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Generic, Self

from .applying import Applying
from .hints import Hints
from .identity import Servers
from .replay import Replay
from .store import R, Store

# After rounds that failed the pauses grow, but not beyond this: a server that returns is found
# within 5 s.
_MOST_PAUSE_S = 2.0
# Of looks for hints, the least between two: ten statements a second while everybody writes.
_APART_S = 0.1
# Enough for 80 writes a second and process; a full batch is followed by another in the next round.
_PURGED_AT_ONCE = 5_000


def _silent(_event: str, **_details: object) -> None:
    """Count nothing."""


class Relay(Generic[R]):
    """Applies rows of the outbox until they are done; run one in each process, or a few alone.

    ``apply(rows)`` does the idempotent work and raises when it could not. ``identity()`` tells
    which server the work is done on, and raises while there is none. ``observe`` gets ``applied``,
    ``replayed`` and ``replay_failed`` (rows=), ``row_failed`` (id=, failures=, error=),
    ``round_failed`` (error=), ``round_again`` for the first that does not after some that did.
    """

    def __init__(
        self,
        store: Store[R],
        apply: Callable[[Sequence[R]], Awaitable[None]],
        *,
        identity: Callable[[], Awaitable[str]],
        # The truth: hints may be lost, so nothing waits longer than this to be looked at.
        poll_s: float = 0.5,
        # The writer drops by itself right after its commit, and is done with it sooner than this.
        # Dropping once more would double the misses of the hottest keys.
        grace_s: float = 0.3,
        # Longer than a replica lags, and than anybody needs to notice a change of servers.
        back_s: float = 60.0,
        # Unreachable for so long, it may have been another server meanwhile, and be back.
        gap_s: float = 5.0,
        # One round holds a transaction open: so many rows, and no longer than this for a batch.
        limit: int = 100,
        apply_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        observe: Callable[..., None] = _silent,
    ) -> None:
        self._store = store
        servers = Servers(identity, gap_s=gap_s, clock=clock)
        self._applying = Applying(
            apply, servers.check, apply_s=apply_s, clock=clock, observe=observe
        )
        self._replay = Replay(
            store,
            self._applying,
            servers,
            back_s=back_s,
            limit=limit,
            clock=clock,
            observe=observe,
        )
        self._poll_s = poll_s
        self._grace_s = grace_s
        self._back_s = back_s
        self._limit = limit
        self._clock = clock
        self._sleep = sleep
        self._observe = observe
        self._hints = Hints(grace_s=grace_s, apart_s=_APART_S)
        self._purge_at_s = clock() + back_s
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop; what was taken and not settled is taken by whoever looks next."""
        while self._task is not None and not self._task.done():
            self._task.cancel()
            # Again if need be: on Python 3.11 a cancellation can be lost in a Redis command. Not
            # sooner, or it would hit the rollback that the first one caused.
            await asyncio.wait((self._task,), timeout=1.0)

    def hint(self) -> None:
        """Tell that rows were committed; they are looked at when their grace is over."""
        self._hints.hear(self._clock())

    async def look(self) -> int:
        """One round: replay if the server is another one, then apply; return the rows applied.

        While the server is away this raises, and takes nothing.
        """
        await self._replay.catch_up()
        but = self._applying.paused()
        async with self._store.take(self._limit, older_s=self._grace_s, but=but) as taken:
            done, _untried = await self._applying.run(taken.rows) if taken.rows else ((), ())
            if done:
                await taken.settle([row.id for row in done])
        if done:
            self._observe("applied", rows=len(done))
        await self._purge()
        return len(done)

    async def _purge(self) -> None:
        # Not before a replay is over, and safe: after an outage its rows are older than the others.
        if self._clock() < self._purge_at_s or not self._replay.is_over:
            return
        # Kept for one replay and as long again: a replay that begins late still finds its rows.
        purged = await self._store.purge(2 * self._back_s, _PURGED_AT_ONCE)
        if purged < _PURGED_AT_ONCE:
            self._purge_at_s = self._clock() + self._back_s

    async def _run(self) -> None:
        pause_s = self._poll_s
        while True:
            began_s = self._clock()
            self._hints.looked(began_s)
            try:
                found = await self.look()
                if pause_s > self._poll_s:
                    self._observe("round_again")
                pause_s, least_s = self._poll_s, _APART_S
            except Exception as error:  # noqa: BLE001 - a relay outlives both its servers
                self._observe("round_failed", error=error)
                # Hints go on coming while a server is away, and say nothing about it.
                found, pause_s, least_s = 0, min(2 * pause_s, _MOST_PAUSE_S), self._grace_s
            if found < self._limit:
                await self._wait(pause_s, began_s + least_s)

    async def _wait(self, pause_s: float, not_before_s: float) -> None:
        """Until the next poll, or until the grace of a hinted row is over, whichever is first."""
        until_s = self._clock() + pause_s
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._hints.heard.wait()
            # Hints that come meanwhile are due later than the first.
            until_s = min(until_s, max(self._hints.due_at_s[0], not_before_s))
            await self._sleep(max(0.0, until_s - self._clock()))
