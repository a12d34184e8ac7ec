"""Votes on posts."""

from sqlalchemy import text

from service.feed.changes import Change, CountsStep, PostVoted
from service.feed.models import Counts
from service.queries.rows import to_counts
from service.queries.writes.statements import Statements, gone

FORMER_VOTE = text("select value from post_votes where post_id = :post_id and user_id = :user_id")
DROP_VOTE = text("delete from post_votes where post_id = :post_id and user_id = :user_id")
PUT_VOTE = text("""
    insert into post_votes (post_id, user_id, value)
    select :post_id, id, :value from users where id = :user_id and deleted_at is null
    on conflict (post_id, user_id) do update set value = excluded.value, created_at = now()
    returning 1
""")
COUNT_VOTE = text("""
    update posts set upvotes = upvotes + :ups, downvotes = downvotes + :downs,
                     counts_version = counts_version + 1
    where id = :post_id
    returning score, upvotes, downvotes, comment_count, views, reaction_counts, counts_version
""")


class VoteWrites(Statements):
    """Votes."""

    async def set_vote(
        self, user_id: int, post_id: int, value: int
    ) -> tuple[Counts, Change] | None:
        """Put, change or drop a vote, and count it; None without the post."""
        post = await self._lock_post(post_id)
        if post is None:
            return None
        pair = {"post_id": post_id, "user_id": user_id}
        former = await self._row(FORMER_VOTE, **pair)
        before = former["value"] if former else 0
        # The same vote again keeps its time, or by repeating it a post could be kept trending.
        if value == 0:
            await self._connection.execute(DROP_VOTE, pair)
        elif value != before and not await self._row(PUT_VOTE, **pair, value=value):
            raise gone()
        ups, downs = (value == 1) - (before == 1), (value == -1) - (before == -1)
        counted = await self._row(
            COUNT_VOTE,
            post_id=post_id,
            ups=ups,
            downs=downs,
        )
        assert counted is not None
        step = CountsStep(counted["counts_version"], upvotes=ups, downvotes=downs)
        return to_counts(counted), PostVoted(post_id, post["author_id"], step)
