"""Bring a database to the newest schema, from the command line or from Alembic's own."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, pool
from sqlalchemy.ext.asyncio import create_async_engine

from service.queries.engine import driver_url

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def online(run: Callable[[Connection], None], database_url: str | None = None) -> None:
    """Open one connection to DATABASE_URL (or the one given) and hand it to `run`."""

    async def connect() -> None:
        url = database_url or os.environ["DATABASE_URL"]
        engine = create_async_engine(driver_url(url), poolclass=pool.NullPool)
        try:
            async with engine.begin() as connection:
                await connection.run_sync(run)
        finally:
            await engine.dispose()

    asyncio.run(connect())


def migrate(database_url: str, revision: str = "head") -> str:
    """Upgrade (or with `base`, downgrade) the database in one transaction; where it then is."""
    reached: list[str] = []

    def run(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        if revision == "base":
            command.downgrade(config, revision)
        else:
            command.upgrade(config, revision)
        reached.append(MigrationContext.configure(connection).get_current_revision() or "base")

    try:
        online(run, database_url)
    except CommandError as error:
        raise ValueError(f"{error}; `head` is the newest revision, `base` none at all") from error
    return reached[0]
