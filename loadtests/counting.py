"""Work that the database was given, counted twice: by its drivers, and by PostgreSQL itself."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from loadtests.databases import with_database
from loadtests.services import Load, Service
from loadtests.sql import Connection, DatabaseError, connected
from loadtests.statements import Statements

# Neither side counts transaction control, LISTEN and session set-up; what asyncpg asks the
# catalogue about types, once a connection, and the setting that it changes for that, are below the
# driver's events. Nor is our own counting counted. A statement is counted at its end, and of one in
# a transaction the end comes with the next statement: so whoever is in one is at work.
_LOOK = r"""
    SELECT
        (SELECT count(*) FROM pg_stat_activity
         WHERE datname = $1 AND backend_type = 'client backend' AND state <> 'idle'
           AND pid <> pg_backend_pid()) AS busy,
        (SELECT coalesce(sum(calls), 0)::bigint
         FROM pg_stat_statements AS s JOIN pg_database AS d ON d.oid = s.dbid
         WHERE d.datname = $1
           AND s.query !~* '^\s*(begin|commit|rollback|start|savepoint|release|set|show|reset)\y'
           AND s.query !~* '^\s*(discard|listen|unlisten|notify|deallocate|close)\y'
           AND s.query !~* '^\s*select\s+(current_setting\(\S+\)\s+as\s+cur,\s*)?set_config\('
           AND s.query !~* '(pg_catalog|pg_type|pg_advisory_unlock_all|pg_stat_|corral_loadtests)'
        ) AS calls
"""
_UNDONE = "SELECT count(*) AS corral_loadtests FROM outbox WHERE done_at IS NULL"
_TRIES = 100
# Longer than a statement lies between its count at the driver and its beginning at the server.
_APART_S = 0.025


class Look(NamedTuple):
    """What both sides say: statements by the drivers and how they ended, by the database, at work.

    None: not told.
    """

    sent: int
    failed: int | None
    cut_off: int | None
    calls: int | None
    busy: int

    def counts(self, *, quiet: bool) -> Statements:
        """As a count since some beginning."""
        return Statements(self.sent, self.calls, self.failed, self.cut_off or 0, quiet=quiet)


class DatabaseCounter:
    """Reads pg_stat_statements, over a connection whose own statements it does not count.

    `url`: of any database of that server; "" for one out of reach.
    """

    def __init__(self, connection: Connection | None, url: str = "") -> None:
        self._connection = connection
        self.url = url

    async def calls(self, database: str) -> int | None:
        """Statements that PostgreSQL has carried out in that database; None when unknown."""
        return (await self._look(database))[0]

    async def forgotten(self) -> int:
        """How often entries were thrown away for want of room: counts are too low if it grows."""
        if self._connection is None:
            return 0
        return int(await self._connection.fetchval("SELECT dealloc FROM pg_stat_statements_info"))

    async def undone(self, database: str) -> int:
        """Rows of that database's outbox that wait for somebody; 0 where there is none to see."""
        if not self.url or not database:
            return 0
        try:
            async with connected(with_database(self.url, database)) as connection:
                return int(await connection.fetchval(_UNDONE))
        except DatabaseError:  # no such table, or not ours to read
            return 0

    async def snapshot(self, service: Service, database: str) -> Statements:
        """Both counts at one moment: when nobody is at work, and two looks see the same.

        Of a service that does not tell, the database's count stands for both.
        """
        if not service.tells:
            return Statements(await self.calls(database) or 0, None)
        before = await self.look(service, database)
        for _ in range(_TRIES if self._connection is not None else 0):
            await asyncio.sleep(_APART_S)
            now = await self.look(service, database)
            if now == before and not now.busy:
                return now.counts(quiet=True)
            before = now
        return before.counts(quiet=self._connection is None)

    async def look(self, service: Service, database: str) -> Look:
        """The drivers first: what they have counted has reached the server when it is asked."""
        told = await service.stats()
        failed = [stats.get("sql_failed") for stats in told]
        cut_off = [stats.get("sql_cut_off") for stats in told]
        calls, busy = await self._look(database)
        sent = sum(stats["sql_statements"] for stats in told)
        return Look(sent, _sum(failed), _sum(cut_off), calls, busy)

    async def _look(self, database: str) -> tuple[int | None, int]:
        if self._connection is None:
            return None, 0
        row = await self._connection.fetchrow(_LOOK, database)
        assert row is not None, "an aggregate has one row"
        return int(row["calls"]), int(row["busy"])


def _sum(told: Sequence[int | None]) -> int | None:
    known = [one for one in told if one is not None]
    return sum(known) if len(known) == len(told) else None


@asynccontextmanager
async def counting(template_url: str) -> AsyncIterator[DatabaseCounter]:
    """A counter for the length of the block; it knows nothing where the extension is missing."""
    async with connected(template_url) as connection:
        known = connection if await _has_statistics(connection) else None
        yield DatabaseCounter(known, template_url)


def uncounted() -> DatabaseCounter:
    """A counter that knows nothing, for a database out of reach."""
    return DatabaseCounter(None)


async def _has_statistics(connection: Connection) -> bool:
    try:
        await connection.fetchval("SELECT count(*) FROM pg_stat_statements")
    except DatabaseError:  # not created here, or not preloaded in the server
        return False
    return True


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
