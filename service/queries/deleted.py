"""Was it deleted? Asked of what a read did not find; each by the key of its table."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.feed.ports import Deletable
from service.queries.read import rows

POST = text("select 1 from posts where id = :post_id and deleted_at is not null")
# What stood under a deleted post went with it.
COMMENT = text("""
    select 1 from comments c join posts p on p.id = c.post_id
    where c.id = :comment_id and (c.deleted_at is not null or p.deleted_at is not null)
""")
USER = text("select 1 from users where handle = :handle and deleted_at is not null")
USERS = text("select handle from users where handle = any(:handles) and deleted_at is not null")


async def was_deleted(engine: AsyncEngine, what: Deletable, which: int | str) -> bool:
    """Whether there was such a thing, which is no more; `which` is an id, or a user's handle."""
    match what:
        case "post":
            found = await rows(engine, POST, post_id=which)
        case "comment":
            found = await rows(engine, COMMENT, comment_id=which)
        case "user":
            found = await rows(engine, USER, handle=which)
    return bool(found)


async def users_deleted(engine: AsyncEngine, handles: Sequence[str]) -> set[str]:
    """Those of the users who are no more."""
    return {row["handle"] for row in await rows(engine, USERS, handles=list(handles))}
