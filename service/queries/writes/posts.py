"""Writes of posts."""

from collections.abc import Sequence

from sqlalchemy import text

from service.feed.changes import Change, PostPublished
from service.feed.models import Post
from service.queries.rows import to_card, to_counts, to_text
from service.queries.writes.statements import Statements, gone

ADD_POST = text("""
    with author as (
        update users set post_count = post_count + 1
        where id = :author_id and deleted_at is null
        returning id as author_id, handle, display_name
    ), post as (
        insert into posts (author_id, title, body)
        select author_id, :title, :body from author returning *
    ), new_tags as (
        insert into tags (name) select unnest(cast(:tags as text[]))
        on conflict (name) do update set name = excluded.name returning id
    ), tagged as (
        insert into post_tags (post_id, tag_id) select post.id, new_tags.id from post, new_tags
    )
    select post.*, cast(:tags as text[]) as tags, author.handle, author.display_name
    from post join author using (author_id)
""")


class PostWrites(Statements):
    """Publish."""

    async def add_post(
        self, author_id: int, title: str, body: str, tags: Sequence[str]
    ) -> tuple[Post, Change]:
        """Insert a post with its tags, and count it."""
        row = await self._row(
            ADD_POST, author_id=author_id, title=title, body=body, tags=sorted(set(tags))
        )
        if row is None:
            raise gone()
        post = to_text(row).joined(to_card(row), to_counts(row))
        return post, PostPublished(post.id, author_id, row["handle"], post.tags)
