"""Counters put right, under the locks of everybody who counts."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from service.feed.changes import Change
from service.feed.recounts import CommentRecounted, PostRecounted, ProfileRecounted
from service.queries.drift import COMMENTS, POSTS, USERS, Table
from service.queries.writes.statements import Statements

# Posts before comments and each in the order of ids, as others lock them. What is counted after
# that, in a statement of its own, is all that was committed, and nobody adds to it meanwhile.
LOCK_POSTS = text("select 1 from posts where id = any(:ids) order by id for update")
LOCK_USERS = text("select 1 from users where id = any(:ids) order by id for update")
LOCK_POSTS_OF_COMMENTS = text("""
    select 1 from posts
    where id in (select post_id from comments where id = any(:ids)) order by id for update
""")
LOCK_COMMENTS = text("select 1 from comments where id = any(:ids) order by id for update")

MEND_POSTS = text(f"""
    update posts set upvotes = (counted ->> 'upvotes')::int,
                     downvotes = (counted ->> 'downvotes')::int,
                     comment_count = (counted ->> 'comments')::int,
                     reaction_counts = counted -> 'reactions',
                     counts_version = counts_version + 1
    from ({POSTS} where p.id = any(:ids)) found
    where posts.id = found.id and stored <> counted
    returning posts.id, posts.author_id
""")
MEND_USERS = text(f"""
    update users set post_count = (counted ->> 'posts')::int,
                     follower_count = (counted ->> 'followers')::int,
                     following_count = (counted ->> 'following')::int
    from ({USERS} where p.id = any(:ids)) found
    where users.id = found.id and stored <> counted
    returning users.id, users.handle, users.follower_count as followers,
              (stored ->> 'followers')::int as former_followers
""")
MEND_COMMENTS = text(f"""
    update comments set upvotes = (counted ->> 'upvotes')::int,
                        downvotes = (counted ->> 'downvotes')::int,
                        reply_count = (counted ->> 'replies')::int
    from ({COMMENTS} where p.id = any(:ids)) found
    where comments.id = found.id and stored <> counted
    returning comments.id, comments.post_id
""")


class RecountWrites(Statements):
    """Mend what differs."""

    async def recount(self, table: Table, ids: Sequence[int]) -> list[Change]:
        """Set the counters of these rows to what their rows say; what was mended."""
        asked = {"ids": sorted(ids)}
        match table:
            case "posts":
                await self._connection.execute(LOCK_POSTS, asked)
                found = await self._connection.execute(MEND_POSTS, asked)
                return [PostRecounted(row.id, row.author_id) for row in found]
            case "users":
                await self._connection.execute(LOCK_USERS, asked)
                found = await self._connection.execute(MEND_USERS, asked)
                return [_of_profile(row) for row in found]
            case "comments":
                await self._connection.execute(LOCK_POSTS_OF_COMMENTS, asked)
                await self._connection.execute(LOCK_COMMENTS, asked)
                found = await self._connection.execute(MEND_COMMENTS, asked)
                return [CommentRecounted(row.post_id, row.id) for row in found]


def _of_profile(row: Row[Any]) -> ProfileRecounted:
    if row.former_followers == row.followers:
        return ProfileRecounted(row.id, row.handle)
    return ProfileRecounted(row.id, row.handle, row.former_followers, row.followers)
