"""Writes of new comments."""

from sqlalchemy import text

from service.feed.changes import Change, CommentAdded, CountsStep, HeatStep, Warmed
from service.feed.discussion import Comment, Ground
from service.feed.threads import DEEPEST
from service.queries.rows import to_card, to_comment_text
from service.queries.trending import COMMENT
from service.queries.writes.statements import Statements, gone

# Up from what shall be answered; above the deepest level nobody needs to know more.
PARENT = text("""
    with recursive above as (
        select id, parent_id, deleted_at is not null as is_deleted, 1 as level
        from comments where id = :parent_id and post_id = :post_id
        union all
        select c.id, c.parent_id, above.is_deleted, level + 1
        from above join comments c on c.id = above.parent_id where level <= :deepest
    )
    select max(level) as level, bool_or(is_deleted) as is_deleted from above
""")
ADD_COMMENT = text("""
    with post as (
        update posts set comment_count = comment_count + 1, counts_version = counts_version + 1
        where id = :post_id returning author_id as post_author_id, counts_version
    ), parent as (
        update comments set reply_count = reply_count + 1 where id = :parent_id
    ), comment as (
        insert into comments (post_id, parent_id, author_id, body)
        select :post_id, :parent_id, id, :body from users
        where id = :author_id and deleted_at is null
        returning *
    )
    select comment.*, u.handle, u.display_name, post.post_author_id, post.counts_version,
           not exists (
               select from comments former
               where former.post_id = :post_id and former.author_id = :author_id
                     and former.deleted_at is null) as joins
    from comment join users u on u.id = author_id, post
""")


class CommentWrites(Statements):
    """Add. The post is locked first, so that what is answered is not deleted meanwhile."""

    async def ground(self, post_id: int, parent_id: int | None) -> Ground | None:
        """Where a comment is to stand, locked; None without the post, or the parent in it."""
        if await self._lock_post(post_id) is None:
            return None
        if parent_id is None:
            return Ground(post_id, None, level=0, is_deleted=False)
        parent = await self._row(PARENT, post_id=post_id, parent_id=parent_id, deepest=DEEPEST)
        assert parent is not None
        if parent["level"] is None:
            return None
        return Ground(post_id, parent_id, parent["level"], parent["is_deleted"])

    async def add_comment(
        self, author_id: int, ground: Ground, body: str
    ) -> tuple[Comment, int, Change]:
        """Insert a comment, and count it at its post and at what it answers; with its version."""
        row = await self._row(
            ADD_COMMENT,
            post_id=ground.post_id,
            parent_id=ground.parent_id,
            author_id=author_id,
            body=body,
        )
        if row is None:
            raise gone()
        said = to_comment_text(row)
        comment = said.joined(to_card(row))
        step = CountsStep(row["counts_version"], comments=1)
        touched = (comment.id,) if ground.parent_id is None else (comment.id, ground.parent_id)
        # Who joins the talk warms a post, and who goes on talking does not.
        heat = (HeatStep(COMMENT, comment.created_at.timestamp()),) if row["joins"] else ()
        warmed = Warmed(ground.post_id, heat)
        added = CommentAdded(
            ground.post_id, row["post_author_id"], author_id, step, touched, warmed
        )
        return comment, said.version, added
