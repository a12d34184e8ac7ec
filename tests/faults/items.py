"""The rows that the fleet reads and writes, and the gate at which a test can hold their loads."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import asyncpg
import msgspec

from service.patterns.outbox.table import TABLE
from tests.waiting import until

ITEMS = 12_000

SCHEMA = f"""
create table items (id int primary key, version int not null, body text not null);
insert into items select id, 1, repeat('A sentence of item ' || id || '. ', 8)
from generate_series(1, {ITEMS}) as id;
-- Who loaded what: written by the load itself, so that the loads of a killed process count, too.
create unlogged table loads (space text not null, item int not null, process int not null);
create index on loads (space, item);
{TABLE}
"""

LOAD = """
with noted as (insert into loads (space, item, process) values ($1, $2, $3))
select id, version, body from items where id = $2
"""
WRITE = "update items set version = version + 1 where id = $1 returning version"
# Shared, so that all loads pass at once when the test opens the gate; free as soon as it is held.
PASS = "select pg_advisory_xact_lock_shared($1)"
AT_GATE = """
select count(*) from pg_locks
where locktype = 'advisory' and objid = $1 and not granted
and database = (select oid from pg_database where datname = current_database())
"""
UNDONE = "select exists (select from outbox where done_at is null)"


class Item(msgspec.Struct, frozen=True):
    """One row."""

    id: int
    version: int
    body: str


class Load(NamedTuple):
    """One load of an item, whether it ended or not."""

    item: int
    process: int


class Gate:
    """The test's connection: it holds loads of an item after they have read their row."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    @asynccontextmanager
    async def closed(self, item: int) -> AsyncIterator[None]:
        """Hold every load of an item until the block ends."""
        await self._connection.execute("select pg_advisory_lock($1)", item)
        try:
            yield
        finally:
            await self._connection.execute("select pg_advisory_unlock($1)", item)

    async def waiting(self, item: int, least: int = 1, *, deadline_s: float = 20.0) -> int:
        """Wait until so many loads stand at the gate; return how many do."""
        count = 0

        async def so_many_stand_at_the_gate() -> bool:
            nonlocal count
            count = int(await self._connection.fetchval(AT_GATE, item))
            return count >= least

        await until(so_many_stand_at_the_gate, within_s=deadline_s)
        return count

    async def loads(self, space: str, item: int | None = None) -> list[Load]:
        """The loads in a space, of all items or of one."""
        rows = await self._connection.fetch(
            "select item, process from loads where space = $1 and item = coalesce($2, item)",
            space,
            item,
        )
        return [Load(*row) for row in rows]

    async def write(self, item: int) -> int:
        """Change a row behind every cache's back; return its new version."""
        return int(await self._connection.fetchval(WRITE, item))

    async def versions(self, items: list[int]) -> list[int]:
        """What the database has."""
        rows = await self._connection.fetch(
            "select version from unnest($1::int[]) with ordinality as asked (id, place) "
            "join items using (id) order by place",
            items,
        )
        return [row["version"] for row in rows]

    async def settled(self, *, deadline_s: float = 20.0) -> None:
        """Wait until the outbox holds nothing that is still to be done."""

        async def all_is_done() -> bool:
            return not await self._connection.fetchval(UNDONE)

        await until(all_is_done, within_s=deadline_s)
