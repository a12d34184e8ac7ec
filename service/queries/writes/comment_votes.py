"""Votes on comments."""

from sqlalchemy import text

from service.feed.changes import Change, CommentVoted
from service.feed.discussion import CommentCounts
from service.feed.errors import Gone
from service.queries.writes.statements import Statements, gone

# The comment alone: votes on one wait for each other, and not for whoever writes another.
LOCK = text("""
    select c.post_id, c.author_id, c.deleted_at is not null or p.deleted_at is not null as is_gone
    from comments c join posts p on p.id = c.post_id
    where c.id = :comment_id for update of c
""")
FORMER_VOTE = text("""
    select coalesce(v.value, 0) as value
    from users u left join comment_votes v on v.user_id = u.id and v.comment_id = :comment_id
    where u.id = :user_id and u.deleted_at is null
""")
DROP_VOTE = text("""
    delete from comment_votes where comment_id = :comment_id and user_id = :user_id
""")
PUT_VOTE = text("""
    insert into comment_votes (comment_id, user_id, value)
    select :comment_id, id, :value from users where id = :user_id and deleted_at is null
    on conflict (comment_id, user_id) do update set value = excluded.value, created_at = now()
    returning 1
""")
COUNT_VOTE = text("""
    update comments set upvotes = upvotes + :ups, downvotes = downvotes + :downs
    where id = :comment_id returning score, upvotes, downvotes
""")


class CommentVoteWrites(Statements):
    """Votes on comments."""

    async def set_comment_vote(
        self, user_id: int, comment_id: int, value: int
    ) -> tuple[CommentCounts, Change] | None:
        """Put, change or drop a vote, and count it; None without the comment."""
        comment = await self._row(LOCK, comment_id=comment_id)
        if comment is None:
            return None
        if comment["is_gone"]:
            raise Gone(f"comment {comment_id} was deleted")
        pair = {"comment_id": comment_id, "user_id": user_id}
        former = await self._row(FORMER_VOTE, **pair)
        if former is None:
            raise gone()
        before = former["value"]
        # The same vote again keeps its time: it counts for the day on which it was given.
        if value == 0:
            await self._connection.execute(DROP_VOTE, pair)
        elif value != before and not await self._row(PUT_VOTE, **pair, value=value):
            raise gone()
        counted = await self._row(
            COUNT_VOTE,
            comment_id=comment_id,
            ups=(value == 1) - (before == 1),
            downs=(value == -1) - (before == -1),
        )
        assert counted is not None
        change = CommentVoted(comment["post_id"], comment_id, comment["author_id"])
        return CommentCounts(**counted), change
