"""The relay's store over the database in memory, and the relay's process."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

from service.patterns.outbox import Relay, Taken
from tests.simulation.database import Database
from tests.simulation.process import Process
from tests.simulation.scheduler import Lane


class Owed(NamedTuple):
    """A row as the relay gets it."""

    id: int
    post_id: int


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
            return [Owed(row.id, row.post_id) for row in rows]

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
                Owed(row.id, row.post_id)
                for row in rows
                if row.id > after and max(row.written_s, row.done_s or 0.0) >= since_s
            ][:limit]

        return await self._database.ask(self._lane, look)

    async def purge(self, keep_s: float, limit: int) -> int:
        """Nothing: no schedule lasts as long."""
        return 0

    def _now_s(self) -> float:
        return self._database.now_s()


def relay_of(process: Process, database: Database, *, replays: bool) -> Relay[Owed]:
    """The production relay in a process of its own."""

    async def apply(rows: Sequence[Owed]) -> None:
        await process.drop(list(dict.fromkeys(row.post_id for row in rows)))

    async def identity() -> str:
        return str((await process.client.info("server"))["run_id"]) if replays else "ever the same"

    return Relay(
        MemoryStore(database, process.lane),
        apply,
        identity=identity,
        clock=process.client.loop.time,
    )
