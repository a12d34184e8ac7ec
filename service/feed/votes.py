"""Vote on a post."""

from service.feed.errors import Invalid, NotFound
from service.feed.models import Counts
from service.feed.ports import UnitOfWork


async def vote_on_post(user_id: int, post_id: int, value: int, *, uow: UnitOfWork) -> Counts:
    """Make the user's vote `value` (-1, 0, 1), whatever it was. Raises NotFound, Gone, Invalid."""
    if value not in {-1, 0, 1}:
        raise Invalid("a vote is -1, 0 or 1")
    async with uow as writes:
        voted = await writes.set_vote(user_id, post_id, value)
        if voted is None:
            raise NotFound(f"there is no post {post_id}")
        counts, change = voted
        writes.record(change)
    return counts
