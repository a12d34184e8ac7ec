"""React to a post, or no longer."""

from service.feed.errors import NotFound
from service.feed.models import Counts
from service.feed.ports import UnitOfWork


async def set_reaction(
    user_id: int, post_id: int, kind: str, *, reacts: bool, uow: UnitOfWork
) -> Counts:
    """Put or drop one reaction; doing it twice changes nothing. Raises NotFound, Gone."""
    async with uow as writes:
        reacted = await writes.set_reaction(user_id, post_id, kind, reacts=reacts)
        if reacted is None:
            raise NotFound(f"there is no post {post_id}")
        counts, change = reacted
        writes.record(change)
    return counts
