"""Writes of comments that stand already: edit, delete."""

from sqlalchemy import text

from service.feed.changes import Change, CommentDeleted, CommentEdited, CountsStep
from service.feed.discussion import Comment, StandingComment
from service.feed.errors import Gone
from service.queries.rows import to_card, to_comment_text
from service.queries.writes.statements import Statements, gone

POST_OF = text("select post_id from comments where id = :comment_id")
LOCK = text("""
    select c.post_id, c.author_id, c.version, c.deleted_at,
           exists (select from users where id = :user_id and deleted_at is null) as user_is_here
    from comments c where c.id = :comment_id for update
""")
EDIT = text("""
    with comment as (
        update comments set body = :body, edited_at = now(), version = version + 1
        where id = :comment_id returning *
    )
    select comment.*, u.handle, u.display_name from comment join users u on u.id = author_id
""")
# What was said is gone for good, not only hidden.
DELETE = text("""
    update comments set body = '', deleted_at = now(), version = version + 1
    where id = :comment_id returning id, parent_id, reply_count
""")
LOSE_REPLY = text("""
    update comments set reply_count = reply_count - 1
    where id = :parent_id
    returning id, parent_id, reply_count, deleted_at is not null as is_deleted
""")
COUNT = text("""
    update posts set comment_count = comment_count - 1, counts_version = counts_version + 1
    where id = :post_id returning author_id, counts_version
""")


class StandingCommentWrites(Statements):
    """Edit and delete. First the post is locked, then the comment, as whoever adds one does."""

    async def comment_to_change(self, user_id: int, comment_id: int) -> StandingComment | None:
        """Whose it is and its version; nobody else changes it until the transaction ends."""
        found = await self._row(POST_OF, comment_id=comment_id)
        if found is None:
            return None
        await self._lock_post(found["post_id"])
        row = await self._row(LOCK, comment_id=comment_id, user_id=user_id)
        if row is None:
            return None
        if row["deleted_at"] is not None:
            raise Gone(f"comment {comment_id} was deleted")
        if not row["user_is_here"]:
            raise gone()
        return StandingComment(comment_id, row["post_id"], row["author_id"], row["version"])

    async def edit_comment(
        self, comment: StandingComment, body: str
    ) -> tuple[Comment, int, Change]:
        """Replace what a locked comment says; with its new version."""
        row = await self._row(EDIT, comment_id=comment.id, body=body)
        assert row is not None
        edited = to_comment_text(row).joined(to_card(row))
        return edited, row["version"], CommentEdited(comment.post_id, comment.id)

    async def delete_comment(self, comment: StandingComment) -> Change:
        """Let a locked comment say no more, or vanish, with what only it has kept above it."""
        row = await self._row(DELETE, comment_id=comment.id)
        touched, vanished = [comment.id], []
        while row is not None and row["reply_count"] == 0 and row.get("is_deleted", True):
            vanished.append(row["id"])
            if row["parent_id"] is None:
                break
            row = await self._row(LOSE_REPLY, parent_id=row["parent_id"])
            assert row is not None
            touched.append(row["id"])
        post = await self._row(COUNT, post_id=comment.post_id)
        assert post is not None
        step = CountsStep(post["counts_version"], comments=-1)
        return CommentDeleted(
            comment.post_id,
            post["author_id"],
            comment.author_id,
            step,
            tuple(touched),
            tuple(vanished),
        )
