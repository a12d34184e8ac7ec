"""Administrators, made from the command line: whoever reaches the database may make one."""

import getpass
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.feed.identity import (
    HANDLE,
    HANDLE_IN_WORDS,
    PASSWORD_CHARS_LEAST,
    PASSWORD_CHARS_MOST,
)
from service.passwords import Passwords
from service.queries.databases import refuse_without_tables
from service.queries.engine import connect
from service.queries.writes import SqlWrites


async def make_admin(database_url: str, handle: str, *, create: bool) -> None:
    """Make a user an administrator, with `create` a new one. Raises ValueError.

    Tokens say so from the next sign-in on.
    """
    await _check(database_url, handle)
    password_hash = await _asked_for() if create else None
    async with _writing(database_url) as writes:
        if password_hash and await writes.add_user(handle, handle, password_hash) is None:
            raise ValueError(
                f"the handle {handle!r} is taken; "
                "leave out --create to make that user an administrator"
            )
        if not await writes.set_admin(handle, is_admin=True):
            raise ValueError(f"there is no user {handle!r}; --create makes one")
    print(f"{handle} is an administrator from the next sign-in on")


async def revoke_admin(database_url: str, handle: str) -> None:
    """Make a user no administrator, at once. Raises ValueError.

    A token of `corral token --admin` holds until it expires.
    """
    await _check(database_url, handle)
    async with _writing(database_url) as writes:
        if not await writes.set_admin(handle, is_admin=False):
            raise ValueError(f"there is no user {handle!r}")
    print(f"{handle} is no administrator any more")


async def _check(database_url: str, handle: str) -> None:
    if not re.fullmatch(HANDLE, handle):
        raise ValueError(f"a handle is {HANDLE_IN_WORDS}")
    await refuse_without_tables(database_url)


@asynccontextmanager
async def _writing(database_url: str) -> AsyncIterator[SqlWrites]:
    """One transaction."""
    engine = connect(database_url)
    try:
        async with engine.execution_options(isolation_level="READ COMMITTED").begin() as connection:
            yield SqlWrites(connection)
    finally:
        await engine.dispose()


async def _asked_for() -> str:
    """The hash of a password that is typed twice unseen, or is the first line of a pipe."""
    if sys.stdin.isatty():
        password = getpass.getpass("password: ")
        if password != getpass.getpass("once more: "):
            raise ValueError("these are two different passwords")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not PASSWORD_CHARS_LEAST <= len(password) <= PASSWORD_CHARS_MOST:
        raise ValueError(
            f"a password has {PASSWORD_CHARS_LEAST} to {PASSWORD_CHARS_MOST} characters"
        )
    with Passwords() as passwords:
        return await passwords.hash(password)
