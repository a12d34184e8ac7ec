"""Posts by id, whole or in parts."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.feed.absent import WAS_DELETED, WasDeleted
from service.feed.heads import PostHead
from service.feed.models import AuthorCard, Counts, Post, PostText
from service.queries.read import rows
from service.queries.rows import to_card, to_counts, to_text

_TAGS = """
    array(select t.name from post_tags pt join tags t on t.id = pt.tag_id
          where pt.post_id = p.id order by t.name collate "C") as tags
"""
TEXT_COLUMNS = f"""
    p.id, p.author_id, p.title, p.body, p.created_at, p.edited_at, p.version, {_TAGS}
"""
# Most posts have no reactions, and each value of JSON costs a decoder's call: null costs none.
COUNT_COLUMNS = """
    p.score, p.upvotes, p.downvotes, p.comment_count, p.views,
    nullif(p.reaction_counts, '{}') as reaction_counts
"""

POSTS = text(f"""
    select {TEXT_COLUMNS}, {COUNT_COLUMNS}, u.handle, u.display_name
    from posts p join users u on u.id = p.author_id
    where p.id = any(:ids) and p.deleted_at is null
""")
TEXTS = text(f"""
    select {TEXT_COLUMNS}, p.deleted_at from posts p where p.id = any(:ids)
""")
HEADS = text(f"""
    select p.id, p.author_id, p.version, {_TAGS}
    from posts p where p.id = any(:ids) and p.deleted_at is null
""")
COUNTS = text(f"""
    select p.id, {COUNT_COLUMNS}, p.counts_version from posts p
    where p.id = any(:ids) and p.deleted_at is null
""")
CARDS = text("select id as author_id, handle, display_name from users where id = any(:ids)")


async def posts_by_ids(engine: AsyncEngine, ids: Sequence[int]) -> dict[int, Post]:
    """Whole posts; unknown and deleted ones are left out."""
    found = await rows(engine, POSTS, ids=list(ids))
    return {row["id"]: to_text(row).joined(to_card(row), to_counts(row)) for row in found}


async def texts_by_ids(engine: AsyncEngine, ids: Sequence[int]) -> dict[int, PostText | WasDeleted]:
    """What a post says, or that it was deleted; unknown ones are left out."""
    return {
        row["id"]: WAS_DELETED if row["deleted_at"] else to_text(row)
        for row in await rows(engine, TEXTS, ids=list(ids))
    }


async def heads_by_ids(engine: AsyncEngine, ids: Sequence[int]) -> dict[int, PostHead]:
    """Which versions stand; unknown and deleted posts are left out."""
    found = await rows(engine, HEADS, ids=list(ids))
    return {
        row["id"]: PostHead(row["id"], row["author_id"], row["version"], tuple(row["tags"]))
        for row in found
    }


async def counts_by_ids(engine: AsyncEngine, ids: Sequence[int]) -> dict[int, Counts]:
    """What a post has drawn; unknown and deleted ones are left out."""
    found = await versioned_counts_by_ids(engine, ids)
    return {post_id: counts for post_id, (counts, _) in found.items()}


async def versioned_counts_by_ids(
    engine: AsyncEngine, ids: Sequence[int]
) -> dict[int, tuple[Counts, int]]:
    """The same, each with the version of its counters."""
    found = await rows(engine, COUNTS, ids=list(ids))
    return {row["id"]: (to_counts(row), row["counts_version"]) for row in found}


async def cards_by_ids(engine: AsyncEngine, ids: Sequence[int]) -> dict[int, AuthorCard]:
    """Authors' names by user id."""
    return {row["author_id"]: to_card(row) for row in await rows(engine, CARDS, ids=list(ids))}
