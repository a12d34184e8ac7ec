"""Reactions to posts."""

from sqlalchemy import text

from service.feed.changes import Change, CountsStep, ReactionChanged
from service.feed.models import Counts
from service.queries.rows import to_counts
from service.queries.writes.statements import Statements, gone

HERE = text("select 1 from users where id = :user_id and deleted_at is null")
REACT = text("""
    insert into reactions (post_id, user_id, kind) values (:post_id, :user_id, :kind)
    on conflict do nothing returning 1
""")
UNREACT = text("""
    delete from reactions where post_id = :post_id and user_id = :user_id and kind = :kind
    returning 1
""")
# A kind that nobody chose is not there: an answer reads the same wherever it was counted.
COUNT_REACTION = text("""
    update posts set counts_version = counts_version + 1, reaction_counts = jsonb_strip_nulls(
        reaction_counts || jsonb_build_object(
            cast(:kind as text), nullif(
                coalesce((reaction_counts ->> cast(:kind as text))::int, 0) + :step, 0)))
    where id = :post_id
    returning score, upvotes, downvotes, comment_count, views, reaction_counts, counts_version
""")


class ReactionWrites(Statements):
    """React, or no longer."""

    async def set_reaction(
        self, user_id: int, post_id: int, kind: str, *, reacts: bool
    ) -> tuple[Counts, Change] | None:
        """Put or drop one reaction, and count it; None without the post."""
        post = await self._lock_post(post_id)
        if post is None:
            return None
        if not await self._row(HERE, user_id=user_id):
            raise gone()
        changed = await self._row(
            REACT if reacts else UNREACT, post_id=post_id, user_id=user_id, kind=kind
        )
        step = (1 if reacts else -1) if changed else 0
        counted = await self._row(COUNT_REACTION, post_id=post_id, kind=kind, step=step)
        assert counted is not None
        told = CountsStep(counted["counts_version"], reactions=((kind, step),))
        return to_counts(counted), ReactionChanged(post_id, post["author_id"], told)
