"""`corral admin` and what a token says of an administrator."""

import asyncio
import getpass
import io
import sys
from collections.abc import Iterator

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from service.cli import app
from service.commands.admin import make_admin
from service.http.tokens import Tokens
from service.passwords import HASHER
from tests.clients import SECRET
from tests.test_cli import bare_environment, corral, said

__all__ = ["bare_environment"]  # for each test here as well

PASSWORD = "a-password-of-hers"


async def row_of(database_url: str, handle: str) -> asyncpg.Record | None:
    """What is kept of a user."""
    connection = await asyncpg.connect(database_url)
    try:
        found: asyncpg.Record | None = await connection.fetchrow(
            "select * from users where handle = $1", handle
        )
    finally:
        await connection.close()
    return found


async def admin(database_url: str, *words: str, typed: str = "") -> Result:
    """Run the command with something on stdin."""
    runner = CliRunner()
    environment = {"DATABASE_URL": database_url}
    return await asyncio.to_thread(
        runner.invoke, app, ["admin", *words], env=environment, input=typed
    )


async def test_a_user_becomes_an_administrator(world_database: str) -> None:
    """As often as one likes, and from then on their tokens say so."""
    for _ in range(2):
        result = await admin(world_database, "grace")
        assert result.exit_code == 0, result.output
        assert result.stdout == "grace is an administrator from the next sign-in on\n"
    row = await row_of(world_database, "grace")
    assert row is not None
    assert row["is_admin"]
    for handle, is_admin in (("grace", True), ("ada", False)):
        made = await corral(
            "token", "--user", handle, DATABASE_URL=world_database, CORRAL_SECRET=SECRET
        )
        assert Tokens(SECRET.encode()).read(made.stdout.strip()).is_admin is is_admin


async def test_the_first_administrator_is_made_with_a_password(world_database: str) -> None:
    """Read from a pipe, and kept as every other."""
    result = await admin(world_database, "root", "--create", typed=f"{PASSWORD}\n")
    assert result.exit_code == 0, result.output
    assert PASSWORD not in result.output
    row = await row_of(world_database, "root")
    assert row is not None
    assert row["is_admin"]
    assert HASHER.verify(row["password_hash"], PASSWORD)


async def test_an_administrator_is_made_none(world_database: str) -> None:
    """As often as one likes; a user who was none stays as they are."""
    for handle in ("barbara", "barbara", "grace"):
        result = await admin(world_database, handle, "--revoke")
        assert result.exit_code == 0, result.output
        assert result.stdout == f"{handle} is no administrator any more\n"
        row = await row_of(world_database, handle)
        assert row is not None
        assert not row["is_admin"]


async def test_one_does_not_make_an_account_to_revoke_it(world_database: str) -> None:
    """Both options at once are a mistake, and nothing is written."""
    result = await admin(world_database, "root", "--create", "--revoke", typed=f"{PASSWORD}\n")
    assert result.exit_code == 2
    assert await row_of(world_database, "root") is None


@pytest.mark.parametrize(
    ("words", "typed", "told"),
    [
        (["nobody", "--revoke"], "", "there is no user 'nobody'"),
        (["nobody"], "", "there is no user 'nobody'; --create makes one"),
        (["No Handle"], "", "a handle is 1 to 30 of a-z, 0-9 and _"),
        (["ada", "--create"], f"{PASSWORD}\n", "the handle 'ada' is taken; leave out --create"),
        (["root", "--create"], "hush\n", "a password has 8 to 128 characters"),
        (["root", "--create"], "", "a password has 8 to 128 characters"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_written(
    world_database: str, words: list[str], typed: str, told: str
) -> None:
    """One sentence, without the password."""
    result = await admin(world_database, *words, typed=typed)
    assert result.exit_code == 1
    assert told in said(result)
    assert "hush" not in result.output
    assert await row_of(world_database, "root") is None
    ada = await row_of(world_database, "ada")
    assert ada is not None
    assert not ada["is_admin"]


async def test_who_left_is_made_nothing(world_database: str) -> None:
    """Neither as they were nor anew: the handle stays theirs."""
    connection = await asyncpg.connect(world_database)
    await connection.execute("update users set deleted_at = now() where handle = 'ada'")
    await connection.close()
    assert "there is no user" in said(await admin(world_database, "ada"))
    assert "is taken" in said(await admin(world_database, "ada", "--create", typed=f"{PASSWORD}\n"))


class Terminal(io.StringIO):
    """A stdin at which somebody sits."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.mark.parametrize(("again", "is_made"), [(PASSWORD, True), ("another-one", False)])
async def test_at_a_terminal_a_password_is_typed_twice_unseen(
    world_database: str, monkeypatch: pytest.MonkeyPatch, again: str, is_made: bool
) -> None:
    """Two different ones make nobody."""
    typed: Iterator[str] = iter([PASSWORD, again])
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", lambda _: next(typed))
    if is_made:
        await make_admin(world_database, "root", create=True)
    else:
        with pytest.raises(ValueError, match="two different passwords"):
            await make_admin(world_database, "root", create=True)
    assert (await row_of(world_database, "root") is not None) is is_made
