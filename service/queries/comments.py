"""Comments: the tree of a post's, bare, and what they say, by id.

A comment that was deleted stands as long as somebody's reply hangs on it, and vanishes then.
"""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.feed.absent import WAS_DELETED, WasDeleted
from service.feed.discussion import Comment, CommentText
from service.feed.threads import Knot
from service.queries.read import rows
from service.queries.rows import to_card, to_comment_text

COLUMNS = """
    c.id, c.post_id, c.parent_id, c.author_id, c.body, c.created_at, c.edited_at, c.deleted_at,
    c.score, c.reply_count, c.version
"""
STANDS = "(c.deleted_at is null or c.reply_count > 0)"

# One row without a comment is a post that nobody has said anything about; no row is no post.
KNOTS = text(f"""
    select c.id, c.parent_id, c.upvotes, c.downvotes
    from posts p left join comments c on c.post_id = p.id and {STANDS}
    where p.id = :post_id and p.deleted_at is null
""")
TEXTS = text(f"""
    select {COLUMNS}, {STANDS} and p.deleted_at is null as stands
    from comments c join posts p on p.id = c.post_id where c.id = any(:ids)
""")
COMMENTS = text(f"""
    select {COLUMNS}, u.handle, u.display_name
    from comments c join posts p on p.id = c.post_id join users u on u.id = c.author_id
    where c.id = any(:ids) and {STANDS} and p.deleted_at is null
""")


async def knots(engine: AsyncEngine, post_id: int) -> list[Knot] | None:
    """The whole tree of a post, in no order; None when the post does not stand."""
    found = await rows(engine, KNOTS, post_id=post_id)
    return [Knot(*row.values()) for row in found if row["id"] is not None] if found else None


async def texts_by_ids(
    engine: AsyncEngine, ids: Sequence[int]
) -> dict[int, CommentText | WasDeleted]:
    """Comments without their authors' names, or that they vanished; unknown ones are left out."""
    return {
        row["id"]: to_comment_text(row) if row["stands"] else WAS_DELETED
        for row in await rows(engine, TEXTS, ids=list(ids))
    }


async def comments_by_ids(
    engine: AsyncEngine, ids: Sequence[int]
) -> dict[int, tuple[Comment, int]]:
    """Whole comments with their versions; those that do not stand are left out."""
    found = await rows(engine, COMMENTS, ids=list(ids))
    return {row["id"]: (to_comment_text(row).joined(to_card(row)), row["version"]) for row in found}
