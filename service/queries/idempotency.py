"""Keys whose day is over."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.queries.writes.once import KEEPS_S

# By their place in the table, which holds while they are locked: by name it would be read whole.
PURGE = text("""
    delete from idempotency_keys where ctid = any(array(
        select ctid from idempotency_keys
        where created_at < now() - make_interval(secs => :keeps_s)
        order by created_at limit :limit for update skip locked))
""")


async def purge_keys(engine: AsyncEngine, limit: int) -> int:
    """Delete the oldest of them, and say how many; a key without a purge is free as well."""
    async with engine.connect() as connection:
        found = await connection.execute(PURGE, {"keeps_s": KEEPS_S, "limit": limit})
        return found.rowcount
