"""Comments of a post, newest first, by keyset."""

from collections.abc import Sequence

from sqlalchemy import Executable, text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.feed.models import Comment, CommentText
from service.queries.read import below, rows
from service.queries.rows import Row, to_card, to_comment_text

COLUMNS = """
    c.id, c.post_id, c.parent_id, c.author_id, c.body, c.created_at, c.edited_at, c.deleted_at,
    c.score, c.reply_count
"""
NEWEST = """
    from comments c
    where c.post_id = :post_id and c.id < :before
          and exists (select from posts p where p.id = c.post_id and p.deleted_at is null)
    order by c.id desc
"""

TEXTS = text(f"select {COLUMNS} {NEWEST} limit :limit")
COMMENTS = text(f"""
    select c.*, u.handle, u.display_name
    from (select {COLUMNS} {NEWEST} limit :limit) c join users u on u.id = c.author_id
    order by c.id desc
""")


async def comment_texts(
    engine: AsyncEngine, post_id: int, before: int | None, limit: int
) -> list[CommentText]:
    """Comments without their authors' names."""
    found = await _page(engine, TEXTS, post_id, before, limit)
    return [to_comment_text(row) for row in found]


async def comments(
    engine: AsyncEngine, post_id: int, before: int | None, limit: int
) -> list[Comment]:
    """Whole comments."""
    found = await _page(engine, COMMENTS, post_id, before, limit)
    return [to_comment_text(row).joined(to_card(row)) for row in found]


async def _page(
    engine: AsyncEngine, statement: Executable, post_id: int, before: int | None, limit: int
) -> Sequence[Row]:
    return await rows(engine, statement, post_id=post_id, before=below(before), limit=limit)
