"""A connection to the database to be filled, with errors that say what to do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from asyncpg.exceptions import InterfaceError, PostgresError

from service.seeding.errors import SeedError

Connection = Any  # asyncpg ships no types


@asynccontextmanager
async def connected(database_url: str) -> AsyncIterator[Connection]:
    """Open and close a connection. Raises SeedError where there is no such database."""
    scheme, separator, rest = database_url.partition("://")
    plain_url = f"{scheme.partition('+')[0]}{separator}{rest}"
    try:
        connection: Connection = await asyncpg.connect(plain_url)
    except (OSError, PostgresError, InterfaceError, ValueError) as error:
        where = rest.rpartition("@")[2] or database_url
        raise SeedError(f"cannot open {where} ({error}); check DATABASE_URL") from error
    try:
        yield connection
    finally:
        await connection.close()


async def is_migrated(connection: Connection) -> bool:
    """Whether the tables are there."""
    return bool(await connection.fetchval("select to_regclass('users') is not null"))
