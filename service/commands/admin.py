"""Administrators, made from the command line: whoever reaches the database may make one."""

import getpass
import re
import sys

from service.passwords import LEAST_CHARS, MOST_CHARS, Passwords
from service.queries.databases import refuse_without_tables
from service.queries.engine import connect
from service.queries.writes import SqlWrites

HANDLE = re.compile("[a-z0-9_]{1,30}")


async def make_admin(database_url: str, handle: str, *, create: bool) -> None:
    """Make a user an administrator, with `create` a new one. Raises ValueError.

    Tokens say so from the next sign-in on.
    """
    if not HANDLE.fullmatch(handle):
        raise ValueError("a handle is 1 to 30 of a-z, 0-9 and _")
    await refuse_without_tables(database_url)
    password_hash = await _asked_for() if create else None
    engine = connect(database_url, lambda: None)
    try:
        async with engine.execution_options(isolation_level="READ COMMITTED").begin() as connection:
            writes = SqlWrites(connection)
            if password_hash and await writes.add_user(handle, handle, password_hash) is None:
                raise ValueError(f"the handle {handle!r} is taken; without --create it is made one")
            if not await writes.make_admin(handle):
                raise ValueError(f"there is no user {handle!r}; --create makes one")
    finally:
        await engine.dispose()
    print(f"{handle} is an administrator from the next sign-in on")


async def _asked_for() -> str:
    """The hash of a password that is typed twice unseen, or is the first line of a pipe."""
    if sys.stdin.isatty():
        password = getpass.getpass("password: ")
        if password != getpass.getpass("once more: "):
            raise ValueError("these are two different passwords")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not LEAST_CHARS <= len(password) <= MOST_CHARS:
        raise ValueError(f"a password has {LEAST_CHARS} to {MOST_CHARS} characters")
    with Passwords() as passwords:
        return await passwords.hash(password)
