"""Sign up, change one's own page, leave."""

from service.feed.errors import Conflict, Outdated, Unauthenticated
from service.feed.identity import OwnProfile
from service.feed.models import Profile
from service.feed.ports import Accounts, UnitOfWork


async def sign_up(
    handle: str, password_hash: str, display_name: str | None, *, uow: UnitOfWork
) -> Profile:
    """Make an account; its handle is its name until it has one. Raises Conflict."""
    async with uow as writes:
        made = await writes.add_user(handle, display_name or handle, password_hash)
        if made is None:
            raise Conflict("this handle is taken")
        profile, change = made
        writes.record(change)
    return profile


async def read_own_profile(user_id: int, *, accounts: Accounts) -> OwnProfile:
    """One's own page, always from the database. Raises Unauthenticated."""
    own = await accounts.own_profile(user_id)
    if own is None:
        raise Unauthenticated("this account is no more")
    return own


async def change_profile(
    user_id: int,
    meant_for: int | None,
    *,
    display_name: str | None,
    bio: str | None,
    uow: UnitOfWork,
) -> OwnProfile:
    """Change what is given. Raises Outdated if the page is no longer of the version meant."""
    async with uow as writes:
        version = await writes.lock_profile(user_id)
        if meant_for not in {None, version}:
            raise Outdated("this is not the newest version; read it again")
        own, change = await writes.change_profile(user_id, display_name=display_name, bio=bio)
        writes.record(change)
    return own


async def delete_account(user_id: int, *, uow: UnitOfWork) -> None:
    """Leave: what was written stays, under the handle alone. Raises Unauthenticated."""
    async with uow as writes:
        await writes.lock_profile(user_id)
        writes.record(await writes.delete_account(user_id))
