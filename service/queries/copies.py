"""Where a user's name is shown: asked when it changes, by who keeps copies of it."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.queries.read import rows

WRITTEN = text("select id from posts where author_id = :user_id and deleted_at is null")
COMMENTED = text("select id, post_id from comments where author_id = :user_id")


async def written_by(engine: AsyncEngine, user_id: int) -> list[int]:
    """Ids of all posts of a user."""
    return [row["id"] for row in await rows(engine, WRITTEN, user_id=user_id)]


async def commented_by(engine: AsyncEngine, user_id: int) -> dict[int, int]:
    """All comments of a user: id -> the post that each stands under."""
    return {row["id"]: row["post_id"] for row in await rows(engine, COMMENTED, user_id=user_id)}
