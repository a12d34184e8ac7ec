"""Votes on posts."""

from sqlalchemy import text

from service.feed.changes import Change, CountsStep, HeatStep, PostVoted, Warmed
from service.feed.models import Counts
from service.queries.rows import Row, to_counts
from service.queries.trending import VOTE
from service.queries.writes.statements import Statements, gone

FORMER_VOTE = text("""
    select coalesce(v.value, 0) as value, v.created_at
    from users u left join post_votes v on v.user_id = u.id and v.post_id = :post_id
    where u.id = :user_id and u.deleted_at is null
""")
DROP_VOTE = text("delete from post_votes where post_id = :post_id and user_id = :user_id")
PUT_VOTE = text("""
    insert into post_votes (post_id, user_id, value)
    select :post_id, id, :value from users where id = :user_id and deleted_at is null
    on conflict (post_id, user_id) do update set value = excluded.value, created_at = now()
    returning value, created_at
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
        if former is None:
            raise gone()
        before = former["value"]
        # The same vote again keeps its time, or by repeating it a post could be kept trending.
        now: Row | None = former
        if value == 0:
            now = None
            await self._connection.execute(DROP_VOTE, pair)
        elif value != before:
            now = await self._row(PUT_VOTE, **pair, value=value)
            if now is None:
                raise gone()
        ups, downs = (value == 1) - (before == 1), (value == -1) - (before == -1)
        counted = await self._row(COUNT_VOTE, post_id=post_id, ups=ups, downs=downs)
        assert counted is not None
        step = CountsStep(counted["counts_version"], upvotes=ups, downvotes=downs)
        warmed = Warmed(post_id, _heat(former, now))
        return to_counts(counted), PostVoted(post_id, post["author_id"], step, warmed)


def _heat(former: Row | None, now: Row | None) -> tuple[HeatStep, ...]:
    """Votes for a post count when they are cast; what was added then is what is taken back."""
    if former is now:
        return ()
    return tuple(
        HeatStep(weight, vote["created_at"].timestamp())
        for weight, vote in ((-VOTE, former), (VOTE, now))
        if vote is not None and vote["value"] == 1
    )
