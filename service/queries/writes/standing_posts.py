"""Writes of posts that stand already: edit, delete."""

from collections.abc import Sequence

from sqlalchemy import text

from service.feed.changes import Change, PostDeleted, PostEdited
from service.feed.errors import Gone
from service.feed.models import Post, StandingPost
from service.queries.posts import COUNT_COLUMNS, TEXT_COLUMNS
from service.queries.rows import to_card, to_counts, to_text
from service.queries.writes.statements import Statements, gone

LOCK = text("""
    select p.author_id, p.version, p.deleted_at,
           exists (select from users where id = :user_id and deleted_at is null) as user_is_here
    from posts p where p.id = :post_id for update
""")
TAGS = text("""
    select t.name from post_tags pt join tags t on t.id = pt.tag_id where pt.post_id = :post_id
""")
UNTAG = text("""
    delete from post_tags pt using tags t
    where pt.post_id = :post_id and t.id = pt.tag_id and t.name <> all(cast(:tags as text[]))
""")
TAG = text("""
    with named as (
        insert into tags (name) select unnest(cast(:tags as text[]))
        on conflict (name) do update set name = excluded.name returning id
    )
    insert into post_tags (post_id, tag_id) select :post_id, id from named on conflict do nothing
""")
EDIT = text("""
    update posts set title = coalesce(:title, title), body = coalesce(:body, body),
                     edited_at = now(), version = version + 1
    where id = :post_id
""")
EDITED = text(f"""
    select {TEXT_COLUMNS}, {COUNT_COLUMNS}, u.handle, u.display_name
    from posts p join users u on u.id = p.author_id where p.id = :post_id
""")
# Its version rises as well: whoever holds a copy of it holds an older one.
DELETE = text("""
    with post as (
        update posts set deleted_at = now(), version = version + 1,
                         counts_version = counts_version + 1
        where id = :post_id returning author_id
    )
    update users set post_count = post_count - 1 from post where users.id = post.author_id
    returning users.id as author_id, users.handle
""")


class StandingPostWrites(Statements):
    """Edit and delete. The post is locked first, so that its version is still the one compared."""

    async def post_to_change(self, user_id: int, post_id: int) -> StandingPost | None:
        """Whose it is and its version; nobody else changes it until the transaction ends."""
        row = await self._row(LOCK, post_id=post_id, user_id=user_id)
        if row is None:
            return None
        if row["deleted_at"] is not None:
            raise Gone(f"post {post_id} was deleted")
        if not row["user_is_here"]:
            raise gone()
        return StandingPost(post_id, row["author_id"], row["version"])

    async def edit_post(
        self,
        post: StandingPost,
        title: str | None,
        body: str | None,
        tags: Sequence[str] | None,
    ) -> tuple[Post, Change]:
        """Replace what is given of a locked post."""
        former = await self._tags_of(post.id)
        if tags is not None:
            retagged = {"post_id": post.id, "tags": sorted(set(tags))}
            await self._connection.execute(UNTAG, retagged)
            await self._connection.execute(TAG, retagged)
        await self._connection.execute(EDIT, {"post_id": post.id, "title": title, "body": body})
        row = await self._row(EDITED, post_id=post.id)
        assert row is not None
        edited = to_text(row).joined(to_card(row), to_counts(row))
        gained_or_lost = tuple(sorted(former ^ set(edited.tags)))
        return edited, PostEdited(post.id, post.author_id, gained_or_lost)

    async def delete_post(self, post: StandingPost) -> Change:
        """Let a locked post stand no longer, and count it at its author."""
        tags = tuple(sorted(await self._tags_of(post.id)))
        row = await self._row(DELETE, post_id=post.id)
        assert row is not None
        return PostDeleted(post.id, row["author_id"], row["handle"], tags)

    async def _tags_of(self, post_id: int) -> set[str]:
        found = await self._connection.execute(TAGS, {"post_id": post_id})
        return {row.name for row in found}
