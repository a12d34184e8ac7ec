"""Read a profile or a standing, follow and stop following."""

from service.feed.absent import missing
from service.feed.errors import Invalid
from service.feed.models import Profile, Reputation
from service.feed.ports import Deleted, Pages, UnitOfWork


async def read_profile(handle: str, *, pages: Pages, deleted: Deleted) -> Profile:
    """A user's page. Raises NotFound, Gone."""
    profile = await pages.profile(handle)
    if profile is None:
        raise await missing("user", handle, deleted=deleted)
    return profile


async def read_reputation(handle: str, *, pages: Pages, deleted: Deleted) -> Reputation:
    """A user's standing. Raises NotFound, Gone."""
    profile = await read_profile(handle, pages=pages, deleted=deleted)
    return await pages.reputation(profile.id, profile.handle)


async def set_follow(
    follower_id: int,
    follower_handle: str,
    handle: str,
    *,
    follows: bool,
    uow: UnitOfWork,
    deleted: Deleted,
) -> None:
    """Follow somebody or stop; doing it twice changes nothing. Raises NotFound, Gone, Invalid."""
    if handle == follower_handle:
        raise Invalid("nobody follows oneself")
    async with uow as writes:
        change = await writes.set_follow(follower_id, handle, follows=follows)
        if change is not None:
            writes.record(change)
    if change is None:
        raise await missing("user", handle, deleted=deleted)
