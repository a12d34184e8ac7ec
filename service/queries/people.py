"""Lists of users by keyset: followers, and those who are followed."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.feed.followers import Side
from service.queries.read import below, rows

FOLLOWERS = text("""
    select follower_id as id from follows
    where followee_id = :user_id and follower_id < :before
    order by follower_id desc limit :limit
""")
FOLLOWING = text("""
    select followee_id as id from follows
    where follower_id = :user_id and followee_id < :before
    order by followee_id desc limit :limit
""")
STATEMENTS = {"followers": FOLLOWERS, "following": FOLLOWING}


async def ids_of(
    engine: AsyncEngine, side: Side, user_id: int, before: int | None, limit: int
) -> list[int]:
    """Ids of who follows the user, or of whom they follow, the newest account first."""
    found = await rows(engine, STATEMENTS[side], user_id=user_id, before=below(before), limit=limit)
    return [row["id"] for row in found]
