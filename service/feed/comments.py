"""Read the comments of a post, and add one."""

from service.feed.cursor import Cursors
from service.feed.errors import NotFound
from service.feed.lists import before_id, by_id
from service.feed.models import Comment, Page
from service.feed.ports import Pages, UnitOfWork


async def read_comments(
    post_id: int, cursor: str | None, limit: int, *, pages: Pages, cursors: Cursors
) -> Page[Comment]:
    """Comments of a post, newest first. Raises NotFound, BadCursor."""
    listing = f"posts/{post_id}/comments"
    before = before_id(listing, cursor, cursors)
    comments = await pages.comments(post_id, before, limit + 1)
    if comments is None:
        raise NotFound(f"there is no post {post_id}")
    return by_id(comments, limit, listing, cursors)


async def add_comment(
    author_id: int, post_id: int, body: str, parent_id: int | None, *, uow: UnitOfWork
) -> Comment:
    """Comment on a post, or on a comment of it. Raises NotFound."""
    async with uow as writes:
        # The database is asked, not the cache: a write never trusts a cached read.
        added = await writes.add_comment(author_id, post_id, body, parent_id)
        if added is None:
            where = f"comment {parent_id} under post {post_id}" if parent_id else f"post {post_id}"
            raise NotFound(f"there is no {where}")
        comment, change = added
        writes.record(change)
    return comment
