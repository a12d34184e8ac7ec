"""Databases on a PostgreSQL server: make one, see whether one is empty."""

import asyncio
import contextlib
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
from asyncpg.exceptions import PostgresError
from sqlalchemy import pool, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from service.queries.engine import driver_url

PATIENCE_S = 2  # a start waits no longer to hear whether there are tables
HAS_TABLES = "select to_regclass('users') is not null"
IS_EMPTY = """
    select not exists (
        select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema'))
"""


def with_database(url: str, name: str) -> str:
    """The same server and options, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(name, safe='')}"))


def ensure_database(server_url: str, name: str) -> None:
    """Make a database if there is none of that name; with `pg_stat_statements` in it."""

    async def ensure() -> None:
        connection = await asyncpg.connect(server_url)
        try:
            if not await connection.fetchval(
                "select exists (select from pg_database where datname = $1)", name
            ):
                await connection.execute(f'create database "{name}"')
        finally:
            await connection.close()
        made = with_database(server_url, name)
        await _fetchval(made, "create extension if not exists pg_stat_statements")

    asyncio.run(ensure())


def is_empty(database_url: str) -> bool:
    """Whether a database has no table at all."""
    return bool(asyncio.run(_fetchval(database_url, IS_EMPTY)))


async def refuse_without_tables(database_url: str) -> bool:
    """Raise ValueError for a database that answers and was never migrated; False for a silent one.

    That may be back in a moment, and says nothing about its tables.
    """
    engine = create_async_engine(
        driver_url(database_url),
        poolclass=pool.NullPool,
        connect_args={"timeout": PATIENCE_S, "command_timeout": PATIENCE_S},
    )
    with contextlib.suppress(OSError, SQLAlchemyError, PostgresError):
        async with engine.connect() as connection:
            if (await connection.execute(text(HAS_TABLES))).scalar_one():
                return True
        raise ValueError("DATABASE_URL has no tables yet; run `corral migrate` first")
    return False


async def _fetchval(database_url: str, query: str) -> Any:
    connection = await asyncpg.connect(database_url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()
