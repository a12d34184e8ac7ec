"""Views that were counted elsewhere, added to their posts in batches."""

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

# In the order of ids, as everybody does who locks several posts. Those that are gone are passed by.
ADD = text("""
    with counted as (
        select id, n from unnest(cast(:ids as bigint[]), cast(:ns as bigint[])) as each (id, n)
    ), locked as (
        select p.id, counted.n from posts p join counted using (id) order by p.id for update of p
    )
    update posts set views = views + locked.n from locked where posts.id = locked.id
""")
NOTE = text("insert into view_batches (batch) values (:batch) on conflict do nothing returning 1")
# Counts wait a week for a flusher at most, and their batch with them: after two nobody asks again.
PURGE = text("delete from view_batches where created_at < now() - interval '14 days'")


async def add_batch(engine: AsyncEngine, batch: str, counts: Mapping[str, int]) -> None:
    """Add a batch, once: its id and its views are written together, or neither is."""
    writing = engine.execution_options(isolation_level="READ COMMITTED")
    async with writing.begin() as connection:
        if (await connection.execute(NOTE, {"batch": batch})).first():
            await _add(connection, {int(each): n for each, n in counts.items() if each.isdigit()})


async def add(engine: AsyncEngine, counts: Mapping[int, int]) -> None:
    """Add views at once."""
    async with engine.connect() as connection:
        await _add(connection, counts)


async def purge(engine: AsyncEngine) -> None:
    """Forget batches that nobody can write again."""
    async with engine.connect() as connection:
        await connection.execute(PURGE)


async def _add(connection: AsyncConnection, counts: Mapping[int, int]) -> None:
    await connection.execute(ADD, {"ids": list(counts), "ns": list(counts.values())})
