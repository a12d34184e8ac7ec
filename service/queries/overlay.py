"""What is one reader's own on a page: asked anew for each page, in one query.

And what the reader may just have changed, which is all that changes: counts and versions. They
stand in rows that are looked at anyway, so there is no need to ask who voted on what, and a vote
that was taken back leaves nothing to ask for.
"""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.feed.heads import PostNow
from service.feed.models import Post, Viewer
from service.queries.posts import COUNT_COLUMNS, posts_by_ids
from service.queries.read import rows
from service.queries.rows import to_counts

VIEWERS = text(f"""
    select p.id, p.version, {COUNT_COLUMNS},
           (select v.value from post_votes v
            where v.post_id = p.id and v.user_id = :user_id) as vote,
           exists(select from follows f
                  where f.follower_id = :user_id and f.followee_id = p.author_id) as follows_author
    from posts p where p.id = any(:posts) and p.deleted_at is null
""")


class DatabaseOverlays:
    """`Overlays` from PostgreSQL."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def now(self, user_id: int, post_ids: Sequence[int]) -> dict[int, PostNow]:
        """Version, counts, and the reader's vote and follow, by post id."""
        found = await rows(self._engine, VIEWERS, user_id=user_id, posts=list(post_ids))
        return {
            row["id"]: PostNow(
                row["version"], to_counts(row), Viewer(row["vote"] or 0, row["follows_author"])
            )
            for row in found
        }

    async def newest(self, post_ids: Sequence[int]) -> dict[int, Post]:
        """Posts by id."""
        return await posts_by_ids(self._engine, post_ids)
