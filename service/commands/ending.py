"""How commands end: what a fault says, and the exit code."""

import socket
import sys
from collections.abc import Callable

import typer
from asyncpg.exceptions import PostgresError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from service.embedded.errors import EmbeddedError
from service.seeding.errors import SeedError

FAULTS = (ValueError, OSError, EmbeddedError, SeedError, SQLAlchemyError, PostgresError)
AWAY = (ConnectionError, TimeoutError, socket.gaierror)


def or_exit(run: Callable[[], object]) -> None:
    """Run a command and pass its exit code on; a fault it explains is one line and code 1."""
    try:
        code = run()
    except FAULTS as error:
        print(f"corral: {explained(error)}", file=sys.stderr)
        raise typer.Exit(1) from None
    if isinstance(code, int) and code:
        raise typer.Exit(code)


def explained(error: Exception) -> str:
    """A fault in one line; of a database, that it is one, and what it says without its driver's."""
    cause: BaseException = error
    if isinstance(error, DBAPIError) and error.orig is not None:
        cause = error.orig.__cause__ or error.orig
    lines = str(cause).splitlines() or [type(cause).__name__]
    # Python's words where a host has several addresses and none answers.
    if isinstance(cause, AWAY) or lines[0].startswith("Multiple exceptions:"):
        return f"PostgreSQL (DATABASE_URL) cannot be reached: {lines[0]}"
    if isinstance(cause, (SQLAlchemyError, PostgresError)):
        return f"PostgreSQL (DATABASE_URL) says: {lines[0]}"
    return lines[0]
