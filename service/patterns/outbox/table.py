# SPDX-License-Identifier: MIT
"""Table: the outbox in PostgreSQL, statement by statement, and a store on an asyncpg pool.

Closes: the row that a relay never sees, and the row that two relays do at once.
Race (why ``TAKE`` asks for a state and not for a place):
    1. transaction A draws id 7, transaction B draws id 8, B commits
    2. a relay asks for ``id > 6``, gets 8, and remembers 8
    3. A commits. The relay asks for ``id > 8`` from now on: row 7 is lost
  ``where done_at is null`` finds 7 whenever it appears. ``for update`` locks what was found until
  it is done, ``skip locked`` lets the next relay take other rows instead of waiting.
Does not: order. B's row is done before A's, and two relays finish in any order.
Use (in the transaction of the write; then drop the entry; then ``Settling.add(ids)``):
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("update users set name = $1 where id = $2", name, 42)
        ids = await add(connection, [("renamed", json.dumps({"user_id": 42}))])
    >>> print(TAKE)
    <BLANKLINE>
    select id, change, payload::text as payload from outbox
    where done_at is null and id <> all($3::bigint[])
      and created_at < clock_timestamp() - make_interval(secs => $2)
    order by id limit $1 for update skip locked
    <BLANKLINE>

Source: PostgreSQL, "SELECT" (The Locking Clause), "NOTIFY", "Sequence Manipulation Functions".
"""

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from .store import Row, Taken

# `created_at` is the time of the insert, not now(), that of the transaction's begin: a writer that
# had to wait for a lock would look dead to a relay while it is about to drop the entry.
TABLE = """
create table outbox (
    id bigint generated always as identity primary key,
    change text not null,
    payload jsonb not null,
    created_at timestamptz not null default clock_timestamp(),
    done_at timestamptz
);
create index on outbox (id) where done_at is null;
create index on outbox (done_at) where done_at is not null;
"""
# Notifications that are alike are sent once a transaction, and only if it commits. Leave them out
# where many thousand transactions a second write: they commit one after the other (see Listen).
ADD = """
with added as (
    insert into outbox (change, payload)
    select * from unnest($1::text[], $2::jsonb[]) returning id
)
select id, pg_notify('outbox', '') from added
"""
TAKE = """
select id, change, payload::text as payload from outbox
where done_at is null and id <> all($3::bigint[])
  and created_at < clock_timestamp() - make_interval(secs => $2)
order by id limit $1 for update skip locked
"""
SETTLE = """
update outbox set done_at = clock_timestamp() where id = any($1::bigint[]) and done_at is null
"""
# What is new and not yet marked belongs to it: its writer may have dropped the entry already, on
# the server that is gone, and be about to mark the row.
RECENT = """
select id, change, payload::text as payload from outbox
where id > $2 and (
    done_at > clock_timestamp() - make_interval(secs => $1)
    or done_at is null and created_at > clock_timestamp() - make_interval(secs => $1))
order by id limit $3
"""
PURGE = """
delete from outbox where id in (
    select id from outbox where done_at < clock_timestamp() - make_interval(secs => $1)
    order by done_at limit $2 for update skip locked)
"""


async def add(connection: Any, changes: Sequence[tuple[str, str]]) -> list[int]:
    """Write ``(change, JSON payload)`` in the open transaction of the write; return the ids."""
    names, payloads = [change for change, _ in changes], [payload for _, payload in changes]
    return [row["id"] for row in await connection.fetch(ADD, names, payloads)]


class Table:
    """A ``Store`` on an asyncpg pool."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    @contextlib.asynccontextmanager
    async def take(
        self, limit: int, *, older_s: float, but: Sequence[int]
    ) -> AsyncIterator[Taken[Row]]:
        """Lock rows until the block ends."""
        async with self._pool.acquire() as connection, connection.transaction():

            async def settle(ids: Sequence[int]) -> None:
                await connection.execute(SETTLE, ids)

            found = await connection.fetch(TAKE, limit, older_s, but)
            yield Taken([Row(*row) for row in found], settle)

    async def settle(self, ids: Sequence[int]) -> None:
        """Mark rows done whose work was done elsewhere."""
        await self._pool.execute(SETTLE, ids)

    async def recent(self, back_s: float, *, after: int, limit: int) -> list[Row]:
        """Read what a replay has to apply once more."""
        return [Row(*row) for row in await self._pool.fetch(RECENT, back_s, after, limit)]

    async def purge(self, keep_s: float, limit: int) -> int:
        """Delete rows that no replay asks for any more."""
        said = await self._pool.execute(PURGE, keep_s, limit)
        return int(said.rpartition(" ")[2])
