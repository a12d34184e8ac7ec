"""One transaction: statements that write, the changes they tell of, one commit.

What is done with the changes, and when, is a strategy's decision: see `Announce`.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from service.feed.changes import Change
from service.queries import outbox
from service.queries.away import reaching
from service.queries.engine import CONNECTIONS
from service.queries.writes import SqlWrites

WRITERS_AT_ONCE = CONNECTIONS * 2 // 3


class Commit:
    """One transaction, as those see it who are told of its changes."""

    def __init__(self, changes: Sequence[Change], connection: AsyncConnection) -> None:
        self.changes = changes
        self.kept: Sequence[int] = ()  # numbers of the rows that the outbox has of it
        self._connection = connection

    async def keep(self) -> None:
        """Write the changes to the outbox; only before the commit, so that both stand or none."""
        with reaching():
            self.kept = await outbox.keep(self._connection, self.changes)


class Announce(Protocol):
    """Told of the changes of each transaction."""

    async def before_commit(self, commit: Commit) -> None:
        """The rows are written, and nobody else sees them yet."""

    async def after_commit(self, commit: Commit) -> None:
        """Everybody sees the rows."""


class Transactions:
    """Opens units of work on PostgreSQL, no more at once than leave connections to others.

    Whoever announces before the commit may have to ask the database, on a connection of its own:
    if transactions could take the whole pool, each would wait for another to give one back.
    """

    def __init__(
        self, engine: AsyncEngine, announce: Announce, *, at_once: int = WRITERS_AT_ONCE
    ) -> None:
        self._writing = engine.execution_options(isolation_level="READ COMMITTED")
        self._announce = announce
        self._places = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlWrites]:
        """`UnitOfWork`: commits when left without an error, then announces."""
        async with self._places, AsyncExitStack() as closing:
            with reaching():
                connection = await closing.enter_async_context(self._writing.connect())
                transaction = await closing.enter_async_context(connection.begin())
            writes = SqlWrites(connection)
            with reaching():
                yield writes
            commit = Commit(writes.changes, connection)
            # Not in `reaching`: it may be a cache that is away, and not the database.
            await self._announce.before_commit(commit)
            with reaching():
                await transaction.commit()
        await self._announce.after_commit(commit)
