"""A database for each strategy, all copied from one template, so that all begin alike."""

import contextlib
import re
from urllib.parse import quote, urlsplit, urlunsplit

from loadtests.errors import LoadTestError
from loadtests.sql import Connection, DatabaseError, InUseError, NotAllowedError, connected

_TABLES = """
    SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
"""
_MARK = "corral loadtests: made for a run, dropped by the next"


def with_database(url: str, name: str) -> str:
    """The same server, another database."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path="/" + quote(name, safe="")))


async def copy_template(template_url: str, strategy: str) -> str:
    """Make `corral_<strategy>` from the template, in place of a former one of ours; its URL.

    Raises LoadTestError when that name belongs to somebody else, or somebody is connected to the
    template, which PostgreSQL cannot copy meanwhile.
    """
    name = f"corral_{re.sub(r'[^a-z0-9_]', '_', strategy)}"
    try:
        async with connected(template_url) as connection:
            await _drop_ours(connection, name)
            template = await connection.fetchval("SELECT current_database()")
            copied = f'CREATE DATABASE "{name}" TEMPLATE "{template}"{await _by_files(connection)}'
            await connection.execute(copied)
            await connection.execute(f"COMMENT ON DATABASE \"{name}\" IS '{_MARK}'")
    except InUseError as error:
        raise LoadTestError(
            f"The template database cannot be copied: {error}. End what is connected to it."
        ) from error
    except NotAllowedError as error:
        raise LoadTestError(
            f"This user of PostgreSQL may not make databases: {error}. Allow it with "
            "ALTER ROLE ... CREATEDB, as every strategy gets a database of its own."
        ) from error
    return with_database(template_url, name)


async def make_database(server_url: str, name: str) -> str:
    """A database of that name, with statistics of statements, if there is none; its URL."""
    async with connected(server_url) as connection:
        known = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name)
        if not known:
            await connection.execute(f'CREATE DATABASE "{name}"')
    async with connected(with_database(server_url, name)) as connection:
        await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    return with_database(server_url, name)


async def drop_copies(server_url: str) -> None:
    """Drop every copy that a former run made on this server."""
    async with connected(server_url) as connection:
        marked = await connection.fetch(
            "SELECT datname FROM pg_database WHERE shobj_description(oid, 'pg_database') = $1",
            _MARK,
        )
        for row in marked:
            await connection.execute(f'DROP DATABASE "{row["datname"]}" WITH (FORCE)')


async def is_empty(url: str) -> bool:
    """Whether a database has no table at all."""
    async with connected(url) as connection:
        return not await connection.fetchval(_TABLES)


async def _by_files(connection: Connection) -> str:
    """Files take a third of the time that rows through the log take; once it was the only way."""
    version = int(await connection.fetchval("SHOW server_version_num"))
    return " STRATEGY FILE_COPY" if version >= 150_000 else ""


async def _drop_ours(connection: Connection, name: str) -> None:
    row = await connection.fetchrow(
        "SELECT shobj_description(oid, 'pg_database') AS mark FROM pg_database WHERE datname = $1",
        name,
    )
    if row is None:
        return
    if row["mark"] != _MARK:
        raise LoadTestError(
            f"A database {name} exists and was not made by the load tests. Rename it, or use "
            "another PostgreSQL: it will not be dropped."
        )
    await _forget_statements(connection, name)
    await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


async def _forget_statements(connection: Connection, name: str) -> None:
    """What was counted of a dropped database stays, and room for what is counted runs out."""
    with contextlib.suppress(DatabaseError):  # nobody counts here, or we may not forget
        await connection.fetchval(
            "SELECT pg_stat_statements_reset(0, oid, 0) FROM pg_database WHERE datname = $1", name
        )
