"""Writes of accounts."""

from sqlalchemy import text

from service.feed.changes import AccountCreated, AccountDeleted, Change, ProfileChanged
from service.feed.identity import OwnProfile
from service.feed.models import Profile
from service.queries.accounts import to_own_profile
from service.queries.rows import to_profile
from service.queries.writes.statements import Statements, gone

# A deleted user keeps the handle: nobody shall take somebody's place among what they wrote.
ADD_USER = text("""
    insert into users (handle, display_name, password_hash)
    values (:handle, :display_name, :password_hash)
    on conflict (handle) do nothing
    returning id, handle, display_name, bio, created_at, post_count, follower_count,
              following_count
""")
LOCK_PROFILE = text("""
    select version from users where id = :user_id and deleted_at is null for no key update
""")
CHANGE_PROFILE = text("""
    update users set display_name = coalesce(:display_name, display_name),
                     bio = coalesce(:bio, bio), version = version + 1
    where id = :user_id
    returning id, handle, display_name, bio, created_at, post_count, follower_count,
              following_count, version
""")
DELETE_ACCOUNT = text("""
    update users set deleted_at = now(), display_name = 'deleted user', bio = '',
                     password_hash = null, is_admin = false, version = version + 1
    where id = :user_id returning handle
""")
DROP_TOKENS = text("delete from refresh_tokens where user_id = :user_id")
RENEW_HASH = text("""
    update users set password_hash = :renewed where id = :user_id and password_hash = :former
""")
SET_ADMIN = text("""
    update users set is_admin = :is_admin
    where handle = :handle and deleted_at is null returning 1
""")


class AccountWrites(Statements):
    """Sign up, change, leave."""

    async def add_user(
        self, handle: str, display_name: str, password_hash: str
    ) -> tuple[Profile, Change] | None:
        """Insert a user; None when the handle is taken, by a deleted user too."""
        row = await self._row(
            ADD_USER, handle=handle, display_name=display_name, password_hash=password_hash
        )
        return (to_profile(row), AccountCreated(row["id"], handle)) if row else None

    async def lock_profile(self, user_id: int) -> int:
        """Keep others from changing the profile until the commit; its version."""
        row = await self._row(LOCK_PROFILE, user_id=user_id)
        if row is None:
            raise gone()
        version: int = row["version"]
        return version

    async def change_profile(
        self, user_id: int, *, display_name: str | None, bio: str | None
    ) -> tuple[OwnProfile, Change]:
        """Change what is not None."""
        row = await self._row(CHANGE_PROFILE, user_id=user_id, display_name=display_name, bio=bio)
        assert row is not None  # locked
        own = to_own_profile(row)
        return own, ProfileChanged(user_id, own.profile.handle)

    async def delete_account(self, user_id: int) -> Change:
        """Take name, password and tokens away."""
        row = await self._row(DELETE_ACCOUNT, user_id=user_id)
        assert row is not None  # locked
        await self._connection.execute(DROP_TOKENS, {"user_id": user_id})
        return AccountDeleted(user_id, row["handle"])

    async def renew_password_hash(self, user_id: int, former: str, renewed: str) -> None:
        """Keep the password under another hash, unless it has changed meanwhile."""
        values = {"user_id": user_id, "former": former, "renewed": renewed}
        await self._connection.execute(RENEW_HASH, values)

    async def set_admin(self, handle: str, *, is_admin: bool) -> bool:
        """Make a user an administrator, or no longer; whether there is such a user."""
        return await self._row(SET_ADMIN, handle=handle, is_admin=is_admin) is not None
