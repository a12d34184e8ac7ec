"""One transaction: statements that write, the changes they tell of, one commit.

What is done with the changes, and when, is a strategy's decision: see `Announce`.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncEngine

from service.feed.changes import Change
from service.queries.writes import SqlWrites


class Announce(Protocol):
    """Told of the changes of each transaction."""

    async def before_commit(self, changes: Sequence[Change]) -> None:
        """The rows are written, and nobody else sees them yet."""

    async def after_commit(self, changes: Sequence[Change]) -> None:
        """Everybody sees the rows."""


@asynccontextmanager
async def transaction(engine: AsyncEngine, announce: Announce) -> AsyncIterator[SqlWrites]:
    """`UnitOfWork` on PostgreSQL: commits when left without an error, then announces."""
    writing = engine.execution_options(isolation_level="READ COMMITTED")
    async with writing.begin() as connection:
        writes = SqlWrites(connection)
        yield writes
        await announce.before_commit(writes.changes)
    await announce.after_commit(writes.changes)
