"""Work that the database was given, counted twice: by its drivers, and by PostgreSQL itself."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from loadtests.services import Load, Service
from loadtests.sql import Connection, DatabaseError, connected

# Neither side counts transaction control and session set-up; what asyncpg asks the catalogue about
# types, once a connection, and the setting that it changes for that, are below the driver's events.
# Nor is our own counting counted.
_CALLS = r"""
    SELECT coalesce(sum(calls), 0)::bigint
    FROM pg_stat_statements AS s JOIN pg_database AS d ON d.oid = s.dbid
    WHERE d.datname = $1
      AND s.query !~* '^\s*(begin|commit|rollback|start|savepoint|release|set|show|reset|discard)\y'
      AND s.query !~* '(pg_catalog|pg_type|set_config|pg_advisory_unlock_all|pg_stat_stat)'
"""
_SNAPSHOT_TRIES = 50
_SNAPSHOT_PAUSE_S = 0.02


@dataclass(frozen=True)
class Statements:
    """Statements since some beginning: what the drivers sent, what the database saw (if known)."""

    by_driver: int
    by_database: int | None

    def __sub__(self, earlier: "Statements") -> "Statements":
        known = self.by_database is not None and earlier.by_database is not None
        return Statements(
            self.by_driver - earlier.by_driver,
            (self.by_database or 0) - (earlier.by_database or 0) if known else None,
        )

    @property
    def agree(self) -> bool | None:
        """Whether both counts are equal; None when the database does not count."""
        return None if self.by_database is None else self.by_driver == self.by_database


class DatabaseCounter:
    """Reads pg_stat_statements, over a connection whose own statements it does not count."""

    def __init__(self, connection: Connection | None) -> None:
        self._connection = connection

    async def calls(self, database: str) -> int | None:
        """Statements that PostgreSQL has carried out in that database; None when unknown."""
        if self._connection is None:
            return None
        return int(await self._connection.fetchval(_CALLS, database))

    async def forgotten(self) -> int:
        """How often entries were thrown away for want of room: counts are too low if it grows."""
        if self._connection is None:
            return 0
        return int(await self._connection.fetchval("SELECT dealloc FROM pg_stat_statements_info"))

    async def snapshot(self, service: Service, database: str) -> Statements:
        """Both counts at one moment: asked again until no statement came in between.

        Of a service that does not tell, the database's count stands for both.
        """
        if not service.tells:
            return Statements(await self.calls(database) or 0, None)
        for _ in range(_SNAPSHOT_TRIES):
            before = await _by_driver(service)
            calls = await self.calls(database)
            if before == await _by_driver(service):
                break
            await asyncio.sleep(_SNAPSHOT_PAUSE_S)
        return Statements(before, calls)


@asynccontextmanager
async def counting(template_url: str) -> AsyncIterator[DatabaseCounter]:
    """A counter for the length of the block; it knows nothing where the extension is missing."""
    async with connected(template_url) as connection:
        yield DatabaseCounter(connection if await _has_statistics(connection) else None)


def uncounted() -> DatabaseCounter:
    """A counter that knows nothing, for a database out of reach."""
    return DatabaseCounter(None)


async def _has_statistics(connection: Connection) -> bool:
    try:
        await connection.fetchval("SELECT count(*) FROM pg_stat_statements")
    except DatabaseError:  # not created here, or not preloaded in the server
        return False
    return True


async def _by_driver(service: Service) -> int:
    return sum(stats["sql_statements"] for stats in await service.stats())


def intervals(loads: Sequence[Load], *, kind: str) -> list[tuple[float, float]]:
    """Start and end (unix seconds) of the loads of one kind, of all processes, by start."""
    return sorted((load["start_s"], load["end_s"]) for load in loads if load["kind"] == kind)


def peak_concurrent(spans: Sequence[tuple[float, float]]) -> int:
    """The most intervals that were open at one moment; one that ends as another begins is over."""
    steps = sorted([(start, 1) for start, _ in spans] + [(end, -1) for _, end in spans])
    peak = now = 0
    for _, step in steps:
        now += step
        peak = max(peak, now)
    return peak
