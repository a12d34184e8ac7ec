"""Run one read: a statement, its parameters, its rows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Executable, RowMapping
from sqlalchemy.ext.asyncio import AsyncEngine

from service.queries.away import reaching

ABOVE_ALL_IDS = 2**53  # ids have 53 bits


async def rows(
    engine: AsyncEngine, statement: Executable, **parameters: Any
) -> Sequence[RowMapping]:
    """All rows of one statement, each in autocommit: a snapshot of its own, begun now."""
    with reaching():
        async with engine.connect() as connection:
            return (await connection.execute(statement, parameters)).mappings().all()


def below(before: int | None) -> int:
    """The exclusive upper bound of a list of ids; None is the list's beginning."""
    return ABOVE_ALL_IDS if before is None else before
