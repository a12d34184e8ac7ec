"""Who follows whom."""

from sqlalchemy import text

from service.feed.changes import Change, FollowChanged
from service.queries.writes.statements import Statements, gone

PAIR = text("""
    select follower.id as follower_id, follower.handle as follower_handle,
           followee.id as followee_id, followee.handle as followee_handle
    from users follower
    left join users followee on followee.handle = :handle
        and (followee.deleted_at is null or not :follows)
    where follower.id = :follower_id and follower.deleted_at is null
""")
FOLLOW = text("""
    insert into follows (follower_id, followee_id) values (:follower_id, :followee_id)
    on conflict do nothing returning 1
""")
UNFOLLOW = text("""
    delete from follows where follower_id = :follower_id and followee_id = :followee_id
    returning 1
""")
# In the order of ids, so that two people who follow each other at once cannot deadlock.
LOCK_PAIR = text("""
    select id, follower_count from users
    where id in (:follower_id, :followee_id) order by id for update
""")
COUNT_FOLLOW = text("""
    update users set following_count = following_count + (id = :follower_id)::int * :step,
                     follower_count = follower_count + (id = :followee_id)::int * :step
    where id in (:follower_id, :followee_id)
""")


class FollowWrites(Statements):
    """Follow and stop following."""

    async def set_follow(self, follower_id: int, handle: str, *, follows: bool) -> Change | None:
        """Follow or stop following, and count it; None without such a user.

        Whoever has left is followed by nobody anew, but can be let go of: their posts are still
        in one's feed.
        """
        pair = await self._row(PAIR, follower_id=follower_id, handle=handle, follows=follows)
        if pair is None:
            raise gone()
        if pair["followee_id"] is None:
            return None
        ids = {"follower_id": follower_id, "followee_id": pair["followee_id"]}
        locked = await self._connection.execute(LOCK_PAIR, ids)
        counts = {row.id: row.follower_count for row in locked}
        followers = None
        if await self._row(FOLLOW if follows else UNFOLLOW, **ids):
            step = 1 if follows else -1
            await self._connection.execute(COUNT_FOLLOW, {**ids, "step": step})
            followers = counts[pair["followee_id"]] + step
        return FollowChanged(**pair, follows=follows, followers=followers)
