"""Accounts as their owners and the sign-in see them; never cached."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.feed.identity import Account, Credentials, OwnProfile
from service.queries.read import rows
from service.queries.rows import Row, to_profile

CREDENTIALS = text("""
    select id, handle, is_admin, password_hash from users
    where handle = :handle and deleted_at is null
""")
OWN_PROFILE = text("""
    select id, handle, display_name, bio, created_at, post_count, follower_count, following_count,
           version
    from users where id = :user_id and deleted_at is null
""")
IS_ADMIN = text("select 1 from users where id = :user_id and is_admin and deleted_at is null")
EVERYONE = text("select id, handle, is_admin from users where deleted_at is null order by id")


class SqlAccounts:
    """`Accounts` from PostgreSQL."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def credentials(self, handle: str) -> Credentials | None:
        """What a sign-in is checked against; None for an unknown or deleted user."""
        found = await rows(self._engine, CREDENTIALS, handle=handle)
        return Credentials(to_account(found[0]), found[0]["password_hash"]) if found else None

    async def own_profile(self, user_id: int) -> OwnProfile | None:
        """A user's own page; None for a deleted one."""
        found = await rows(self._engine, OWN_PROFILE, user_id=user_id)
        return to_own_profile(found[0]) if found else None

    async def is_admin(self, user_id: int) -> bool:
        """Whether a user is an administrator; no unknown or deleted one is."""
        return bool(await rows(self._engine, IS_ADMIN, user_id=user_id))


async def everyone(engine: AsyncEngine) -> dict[str, Account]:
    """All accounts by handle, for the command line: an error there says what it was."""
    async with engine.connect() as connection:
        found = (await connection.execute(EVERYONE)).mappings().all()
    return {row["handle"]: to_account(row) for row in found}


def to_account(row: Row) -> Account:
    """Needs id, handle, is_admin of `users`."""
    return Account(row["id"], row["handle"], row["is_admin"])


def to_own_profile(row: Row) -> OwnProfile:
    """Needs the public columns of `users`, and version."""
    return OwnProfile(to_profile(row), row["version"])
