"""What is one reader's own on a page: asked anew for each page, in one query."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.feed.models import Post, Viewer
from service.queries.read import rows

VIEWERS = text("""
    select 'vote' as fact, post_id as id, value from post_votes
    where user_id = :user_id and post_id = any(:posts)
    union all
    select 'follows', followee_id, 1 from follows
    where follower_id = :user_id and followee_id = any(:authors)
""")


class DatabaseOverlays:
    """`Overlays` from PostgreSQL."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def viewers(self, user_id: int, posts: Sequence[Post]) -> dict[int, Viewer]:
        """The reader's vote and follow, by post id."""
        found = await rows(
            self._engine,
            VIEWERS,
            user_id=user_id,
            posts=[post.id for post in posts],
            authors=list({post.author.id for post in posts}),
        )
        votes = {row["id"]: row["value"] for row in found if row["fact"] == "vote"}
        follows = {row["id"] for row in found if row["fact"] == "follows"}
        return {
            post.id: Viewer(vote=votes.get(post.id, 0), follows_author=post.author.id in follows)
            for post in posts
        }
