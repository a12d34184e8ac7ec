"""Refresh tokens: hashes of them, in families.

Whoever touches a family holds the row of its user, so that while one request revokes it no other
adds to it: locks on the tokens alone would miss one that is not there yet.
"""

from sqlalchemy import text

from service.feed.identity import KeptToken
from service.queries.accounts import to_account
from service.queries.writes.statements import Statements

LOCK_OWNER = text("""
    select id, handle, is_admin from users
    where id = (select user_id from refresh_tokens where token_hash = :token_hash)
      and deleted_at is null
    for no key update
""")
# A statement of its own: it sees what was committed while the one above waited.
TOKEN = text("""
    select id as token_id, family_id, used_at is not null as is_used,
           expires_at <= now() as is_expired
    from refresh_tokens where token_hash = :token_hash
""")
USE = text("update refresh_tokens set used_at = now() where id = :token_id")
REVOKE = text("delete from refresh_tokens where family_id = :family_id")
# Whoever adds one takes away up to a hundred that are over, whosever they are, so that the table
# holds what holds. Used ones stay as long: who presents one again is to be recognised.
PURGE = text("""
    delete from refresh_tokens where id in (
        select id from refresh_tokens where expires_at <= now()
        order by expires_at limit 100 for update skip locked
    )
""")
ADD = text("""
    insert into refresh_tokens (user_id, family_id, token_hash, expires_at)
    select id, coalesce(cast(:family_id as bigint), corral_id()), :token_hash,
           now() + make_interval(secs => :keeps_s)
    from users where id = :user_id and deleted_at is null for no key update
    returning id
""")


class RefreshTokenWrites(Statements):
    """Keep, use, revoke."""

    async def lock_refresh_token(self, token_hash: bytes) -> KeptToken | None:
        """A token, with its family to oneself until the commit; None for an unknown one."""
        owner = await self._row(LOCK_OWNER, token_hash=token_hash)
        row = await self._row(TOKEN, token_hash=token_hash) if owner else None
        return KeptToken(account=to_account(owner), **row) if owner and row else None

    async def use_refresh_token(self, token_id: int) -> None:
        """It was used, and is good for nothing from now on."""
        await self._connection.execute(USE, {"token_id": token_id})

    async def revoke_family(self, family_id: int) -> None:
        """Forget all that came from one sign-in."""
        await self._connection.execute(REVOKE, {"family_id": family_id})

    async def add_refresh_token(
        self, user_id: int, family_id: int | None, token_hash: bytes, *, keeps_s: int
    ) -> bool:
        """Keep a token, in a new family if in none; False when its user is gone."""
        added = await self._row(
            ADD, user_id=user_id, family_id=family_id, token_hash=token_hash, keeps_s=keeps_s
        )
        # Last: these are other users' rows, and who holds them must not wait for a user.
        await self._connection.execute(PURGE)
        return added is not None
