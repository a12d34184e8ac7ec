"""Sign in, stay signed in, sign out.

A refresh token is good for one use and gives the next one; those of one sign-in are a family. One
that comes a second time has been copied: by whom cannot be told, so the whole family goes and
both sign in again. The same becomes of a client that sends one token twice at once: one of the
requests wins, the other ends the family, and the winner signs in when its access token is over.
"""

import hashlib
import secrets
from typing import Protocol

from service.feed.errors import Unauthenticated
from service.feed.identity import Account, KeptToken, SignedIn
from service.feed.ports import Accounts, UnitOfWork, Writes

TOKEN_BYTES = 32


class Passwords(Protocol):
    """Checks passwords, at the same price whether there is one or not."""

    async def hash(self, password: str) -> str:
        """Slow by intention. Raises Busy."""

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether it is the password; None for who has none. Raises Busy."""

    def is_outdated(self, kept: str) -> bool:
        """Whether it was hashed as is no longer done."""


async def sign_in(
    handle: str,
    password: str,
    *,
    accounts: Accounts,
    passwords: Passwords,
    uow: UnitOfWork,
    keeps_s: int,
) -> SignedIn:
    """Begin a family of refresh tokens, each good for `keeps_s`. Raises Unauthenticated, Busy."""
    found = await accounts.credentials(handle)
    kept = found.password_hash if found else None
    is_right = await passwords.verify(kept, password)
    if found is None or kept is None or not is_right:
        raise _wrong()
    renewed = await passwords.hash(password) if passwords.is_outdated(kept) else None
    async with uow as writes:
        if renewed is not None:
            await writes.renew_password_hash(found.account.user_id, kept, renewed)
        signed_in = await _given(found.account, None, writes, keeps_s)
    if signed_in is None:  # deleted while the password was checked
        raise _wrong()
    return signed_in


async def stay_signed_in(token: str, *, uow: UnitOfWork, keeps_s: int) -> SignedIn:
    """The next token for one that was not used yet. Raises Unauthenticated."""
    async with uow as writes:
        kept = await writes.lock_refresh_token(hash_of(token))
        renewed = await _renewed(kept, writes, keeps_s) if kept else None
    # Said after the commit: what the reuse of a token revoked has to stay revoked.
    if renewed is None:
        raise Unauthenticated("this refresh token does not hold, or no longer: sign in again")
    return renewed


async def sign_out(token: str, *, uow: UnitOfWork) -> None:
    """Revoke a token and all of its family; one that is not known is revoked already."""
    async with uow as writes:
        kept = await writes.lock_refresh_token(hash_of(token))
        if kept is not None:
            await writes.revoke_family(kept.family_id)


def hash_of(token: str) -> bytes:
    """What is kept of a token: it is long and random, so this need not be slow."""
    return hashlib.sha256(token.encode()).digest()


async def _renewed(kept: KeptToken, writes: Writes, keeps_s: int) -> SignedIn | None:
    if kept.is_used:
        await writes.revoke_family(kept.family_id)
        return None
    if kept.is_expired:
        return None
    await writes.use_refresh_token(kept.token_id)
    return await _given(kept.account, kept.family_id, writes, keeps_s)


async def _given(
    account: Account, family_id: int | None, writes: Writes, keeps_s: int
) -> SignedIn | None:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    is_kept = await writes.add_refresh_token(
        account.user_id, family_id, hash_of(token), keeps_s=keeps_s
    )
    return SignedIn(account, token) if is_kept else None


def _wrong() -> Unauthenticated:
    # The same for all: who has an account here is nobody's business.
    return Unauthenticated("the handle or the password is wrong")
