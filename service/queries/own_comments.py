"""What a reader has changed among the comments of a page: asked anew for each page, in one query.

The reader's own comments, those they voted on, and those they answered. Whoever writes drops what
is cached before they get their answer; this is for a drop that was missed.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.feed.ids import ID_EPOCH_MS, ID_SEQUENCE_BITS
from service.feed.threads import FreshComment, Knot
from service.queries.comments import COLUMNS
from service.queries.read import rows
from service.queries.rows import Row, to_card, to_comment_text

# Longer than a list of comments is kept: what is older is in it.
RECENTLY = timedelta(minutes=15)

OWN = text(f"""
    with recent as (
        select id, parent_id from comments
        where author_id = :user_id and id > :since and post_id = :post_id
    ), changed as (
        select id from recent
        union select parent_id from recent
        union select id from comments where id = any(:shown) and author_id = :user_id
        union select comment_id from comment_votes
              where user_id = :user_id and comment_id = any(:shown)
    )
    select {COLUMNS}, c.upvotes, c.downvotes, u.handle, u.display_name
    from changed join comments c using (id) join users u on u.id = c.author_id
    order by c.id
""")


class DatabaseOwnComments:
    """`OwnComments` from PostgreSQL."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def fresh(self, user_id: int, post_id: int, shown: Sequence[int]) -> list[FreshComment]:
        """The comments of a post that the reader may have changed, as they are now, by id."""
        since = round((datetime.now(UTC) - RECENTLY).timestamp() * 1000) - ID_EPOCH_MS
        found = await rows(
            self._engine,
            OWN,
            user_id=user_id,
            post_id=post_id,
            shown=list(shown),
            since=since << ID_SEQUENCE_BITS,
        )
        return [_fresh(row) for row in found]


def _fresh(row: Row) -> FreshComment:
    said = to_comment_text(row)
    knot = Knot(said.id, said.parent_id, row["upvotes"], row["downvotes"])
    return FreshComment(said.joined(to_card(row)), knot, said.version)
