"""Writes of comments."""

from sqlalchemy import text

from service.feed.changes import Change, CommentAdded, CountsStep
from service.feed.models import Comment
from service.queries.rows import to_card, to_comment_text
from service.queries.writes.statements import Statements, gone

COUNT_REPLY = text("""
    update comments set reply_count = reply_count + 1
    where id = :parent_id and post_id = :post_id returning id
""")
ADD_COMMENT = text("""
    with post as (
        update posts set comment_count = comment_count + 1, counts_version = counts_version + 1
        where id = :post_id returning counts_version
    ), comment as (
        insert into comments (post_id, parent_id, author_id, body)
        select :post_id, :parent_id, id, :body from users where id = :author_id returning *
    )
    select comment.*, u.handle, u.display_name, post.counts_version
    from comment join users u on u.id = author_id, post
""")


class CommentWrites(Statements):
    """Add, edit, delete."""

    async def add_comment(
        self, author_id: int, post_id: int, body: str, parent_id: int | None
    ) -> tuple[Comment, Change] | None:
        """Insert a comment, and count it; None without its post or parent."""
        post = await self._lock_post(post_id)
        if post is None:
            return None
        if parent_id is not None and not await self._row(
            COUNT_REPLY, post_id=post_id, parent_id=parent_id
        ):
            return None
        row = await self._row(
            ADD_COMMENT, post_id=post_id, parent_id=parent_id, author_id=author_id, body=body
        )
        if row is None:
            raise gone()
        comment = to_comment_text(row).joined(to_card(row))
        step = CountsStep(row["counts_version"], comments=1)
        return comment, CommentAdded(post_id, post["author_id"], author_id, step)
