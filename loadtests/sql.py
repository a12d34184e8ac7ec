"""A connection to PostgreSQL; the one place that knows asyncpg, which has no types."""

# mypy: allow-untyped-calls

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

import asyncpg
from asyncpg import exceptions

from loadtests.errors import LoadTestError

DatabaseError: type[Exception] = exceptions.PostgresError
InUseError: type[Exception] = exceptions.ObjectInUseError
NotAllowedError: type[Exception] = exceptions.InsufficientPrivilegeError


class Connection(Protocol):
    """What is used of an asyncpg connection."""

    async def execute(self, query: str) -> str:
        """Carry out a statement."""

    async def fetch(self, query: str, *values: object) -> Sequence[Mapping[str, Any]]:
        """Get all rows."""

    async def fetchrow(self, query: str, *values: object) -> Mapping[str, Any] | None:
        """Get the first row."""

    async def fetchval(self, query: str, *values: object) -> Any:
        """Get the first column of the first row."""


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    """A connection for the length of the block. Raises LoadTestError when there is none to have."""
    try:
        connection = await asyncpg.connect(url)
    except (OSError, DatabaseError) as error:
        raise LoadTestError(f"The database cannot be used: {error}") from error
    try:
        yield connection
    finally:
        await connection.close()
