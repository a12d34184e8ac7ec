"""Run one read: a statement, its parameters, its rows.

Most of what a process does is reads of one statement, so they go to the driver past SQLAlchemy:
that costs a third. The connection is one of the engine's pool all the same, and the statement is
counted and timed as the engine's own are.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, TextClause
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.util import greenlet_spawn

from service.feed.errors import Unavailable
from service.queries.away import reaching
from service.queries.engine import Pool

ABOVE_ALL_IDS = 2**53  # ids have 53 bits
DIALECT: Dialect = asyncpg.dialect()  # type: ignore[no-untyped-call]


async def rows(
    engine: AsyncEngine, statement: TextClause, **parameters: Any
) -> Sequence[Mapping[str, Any]]:
    """All rows of one statement, each in autocommit: a snapshot of its own, begun now."""
    sql, names = _written(statement)
    with reaching():
        return await _fetch(engine, sql, [parameters[name] for name in names])


def below(before: int | None) -> int:
    """The exclusive upper bound of a list of ids; None is the list's beginning."""
    return ABOVE_ALL_IDS if before is None else before


@lru_cache(maxsize=1000)  # a statement is a constant of its module: there are some eighty
def _written(statement: TextClause) -> tuple[str, Sequence[str]]:
    """As the driver wants it: parameters by number, and their names in that order."""
    compiled = statement.compile(dialect=DIALECT)
    return str(compiled), compiled.positiontup or ()


async def _fetch(
    engine: AsyncEngine, sql: str, arguments: Sequence[Any]
) -> Sequence[Mapping[str, Any]]:
    pool = engine.sync_engine.pool
    assert isinstance(pool, Pool)
    connection, driver = await _taken(pool)
    pool.counts.send()
    over = pool.waits()
    try:
        found: Sequence[Mapping[str, Any]] = await driver.fetch(sql, *arguments)
    except BaseException as error:
        pool.counts.fail(error)
        # As SQLAlchemy has it. Cut off in the middle, or by the server: nobody can use it again.
        if not isinstance(error, Exception):
            await greenlet_spawn(connection.invalidate, error)
        elif driver.is_closed():
            await greenlet_spawn(pool.lost, connection, error)
            # Whatever it said as it went (a conflict on a standby, a fault inside): another helps.
            raise Unavailable(type(error).__name__) from error
        raise
    finally:
        over()
        connection.close()
    return found


async def _taken(pool: Pool) -> tuple[PoolProxiedConnection, Any]:
    """A connection that stands, and the driver's own.

    Those at the bottom lie unused for hours, and may be closed by whoever is between. Nothing was
    asked yet, so nobody has to hear of it: it is opened anew.
    """
    while True:
        connection = await greenlet_spawn(pool.connect)
        driver: Any = connection.driver_connection
        if not driver.is_closed():
            return connection, driver
        await greenlet_spawn(connection.invalidate)
