"""A database that is away: what its driver says then, and the one error that it becomes."""

from collections.abc import Iterator
from contextlib import contextmanager

from asyncpg.exceptions import InterfaceError as DriverError
from asyncpg.exceptions import PostgresError
from sqlalchemy.exc import (
    DBAPIError,
    EmulatedDBAPIException,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from service.feed.errors import Unavailable

# Of sqlstates: lost connections, a server that stops or starts, and one that is full. A database
# of that name, or a table, that does not exist is a mistake, and no outage.
AWAY = ("08", "53", "57P")


@contextmanager
def reaching() -> Iterator[None]:
    """Ask the database. Raises Unavailable when it does not answer."""
    try:
        yield
    except (
        OSError,
        SQLAlchemyError,
        EmulatedDBAPIException,
        PostgresError,
        DriverError,
    ) as error:
        if is_away(error):
            raise Unavailable(type(error).__name__) from error
        raise


def is_away(error: Exception) -> bool:
    """Whether trying again later may help."""
    if isinstance(error, OSError | OperationalError | InterfaceError | NoConnectionFree):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _state(error.orig).startswith(AWAY)
    # What a pool raises that cannot connect; the engine would have wrapped it.
    if isinstance(error, PostgresError | EmulatedDBAPIException):
        return _state(error).startswith(AWAY)
    # What the driver itself refuses: a connection that was closed, or else a value (ValueError).
    return isinstance(error, DriverError) and not isinstance(error, ValueError)


def _state(error: BaseException | None) -> str:
    return getattr(error, "sqlstate", None) or ""
