"""A database that is away: what its driver says then, and the one error that it becomes."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
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
    except (OSError, SQLAlchemyError) as error:
        if is_away(error):
            raise Unavailable(type(error).__name__) from error
        raise


def is_away(error: Exception) -> bool:
    """Whether trying again later may help."""
    if isinstance(error, OSError | OperationalError | InterfaceError | NoConnectionFree):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or state.startswith(AWAY)
