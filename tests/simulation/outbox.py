"""The relay's store over the database in memory, and the relay's process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import NamedTuple, cast

from redis.asyncio import Redis

from service.patterns.outbox import Relay, Settling, Taken, server_identity
from tests.simulation.database import Database
from tests.simulation.lanes import Lane
from tests.simulation.process import Process


class Owed(NamedTuple):
    """A row as the relay gets it."""

    id: int
    post_id: int
    version: int


class MemoryStore:
    """`Store` of service/patterns/outbox; what it locks and settles is one transaction."""

    def __init__(self, database: Database, lane: Lane) -> None:
        self._database = database
        self._lane = lane

    @contextlib.asynccontextmanager
    async def take(
        self, limit: int, *, older_s: float, but: Sequence[int]
    ) -> AsyncIterator[Taken[Owed]]:
        """Lock rows; unlock them at the end, settled if that was asked for and nothing failed."""
        database = self._database
        settled: list[int] = []

        def lock() -> list[Owed]:
            before_s = self._now_s() - older_s
            rows = [
                row
                for row in database.outbox
                if not row.locked and row.done_s is None
                and row.written_s <= before_s and row.id not in but
            ][:limit]  # fmt: skip
            for row in rows:
                row.locked = True
            return [Owed(row.id, row.post_id, row.version) for row in rows]

        async def settle(ids: Sequence[int]) -> None:
            settled.extend(ids)

        taken = await database.ask(self._lane, lock)
        try:
            yield Taken(taken, settle)
            if settled:
                await database.settle(self._lane, settled)
        finally:
            for row in database.outbox:
                row.locked = False

    async def recent(self, back_s: float, *, after: int, limit: int) -> Sequence[Owed]:
        """Rows of the last seconds, in order of their numbers."""

        def look() -> list[Owed]:
            since_s = self._now_s() - back_s
            rows = sorted(self._database.outbox, key=lambda row: row.id)
            return [
                Owed(row.id, row.post_id, row.version)
                for row in rows
                if row.id > after and max(row.written_s, row.done_s or 0.0) >= since_s
            ][:limit]

        return await self._database.ask(self._lane, look)

    async def purge(self, keep_s: float, limit: int) -> int:
        """Nothing: no schedule lasts as long."""
        return 0

    def _now_s(self) -> float:
        return self._database.now_s()


class RelayProcess:
    """The production relay in a process of its own; `looks` are the times of its rounds."""

    def __init__(self, process: Process, database: Database, *, replays: bool) -> None:
        self.process = process
        self.looks_s: list[float] = []
        self._database = database
        self._replays = replays
        self._relay = Relay(
            MemoryStore(database, process.site.lane),
            self._apply,
            identity=self._identity,
            clock=database.now_s,
        )
        self.settling = Settling()
        self._ending = asyncio.Event()

    async def run(self) -> None:
        """Relay, and mark rows done as writers' processes do, until the end."""
        settle = partial(self._database.settle, self.process.site.lane)
        async with self._relay, self.settling.by(settle):
            await self._ending.wait()

    def end(self) -> None:
        """End `run`."""
        self._ending.set()

    def has_rested(self, since_s: float) -> bool:
        """Whether nothing is left to do, and three rounds since then have seen the same."""
        undone = any(row.done_s is None for row in self._database.outbox)
        return not undone and len([at_s for at_s in self.looks_s if at_s > since_s]) > 3

    async def _apply(self, rows: Sequence[Owed]) -> None:
        await self.process.redo([(row.post_id, row.version) for row in rows])

    async def _identity(self) -> str:
        name = await server_identity(cast("Redis", self.process.site.client))
        self.looks_s.append(self._database.now_s())
        return name if self._replays else "ever the same"
