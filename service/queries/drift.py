"""Counters beside the rows that they count: one statement a table, for finding and for mending.

Both sides come from one snapshot, in which a write has counted its row or has not been at all. So a
difference is one, however much is written meanwhile.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.queries.read import rows

Table = Literal["posts", "users", "comments"]
# The counters of each table, as they are stored and as its rows say.
POSTS = """
    select p.id, jsonb_build_object(
        'upvotes', p.upvotes, 'downvotes', p.downvotes, 'comments', p.comment_count,
        'reactions', p.reaction_counts
    ) as stored, jsonb_build_object(
        'upvotes', (select count(*) from post_votes where post_id = p.id and value = 1),
        'downvotes', (select count(*) from post_votes where post_id = p.id and value = -1),
        'comments', (select count(*) from comments where post_id = p.id and deleted_at is null),
        'reactions', coalesce((select jsonb_object_agg(kind, n) from (
            select kind, count(*) as n from reactions where post_id = p.id group by kind
        ) each), '{}')
    ) as counted from posts p
"""
USERS = """
    select p.id, jsonb_build_object(
        'posts', p.post_count, 'followers', p.follower_count, 'following', p.following_count
    ) as stored, jsonb_build_object(
        'posts', (select count(*) from posts where author_id = p.id and deleted_at is null),
        'followers', (select count(*) from follows where followee_id = p.id),
        'following', (select count(*) from follows where follower_id = p.id)
    ) as counted from users p
"""
# A deleted comment is a reply as long as something stands below it: then its place is shown.
COMMENTS = """
    select p.id, jsonb_build_object(
        'upvotes', p.upvotes, 'downvotes', p.downvotes, 'replies', p.reply_count
    ) as stored, jsonb_build_object(
        'upvotes', (select count(*) from comment_votes where comment_id = p.id and value = 1),
        'downvotes', (select count(*) from comment_votes where comment_id = p.id and value = -1),
        'replies', (
            select count(*) from comments reply where reply.parent_id = p.id and exists (
                with recursive below as (
                    select reply.id, reply.deleted_at
                    union all
                    select c.id, c.deleted_at from below join comments c on c.parent_id = below.id
                    where below.deleted_at is not null
                )
                select from below where deleted_at is null))
    ) as counted from comments p
"""
COUNTED: Mapping[Table, str] = {"posts": POSTS, "users": USERS, "comments": COMMENTS}
FIND = {
    table: text(f"""
        select id, stored <> counted as differs, stored::text, counted::text
        from ({counted} where p.id > :after order by p.id limit :limit) each order by id
    """)
    for table, counted in COUNTED.items()
}


class Difference(NamedTuple):
    """One counter that is not what its rows say."""

    table: Table
    id: int
    counter: str
    stored: Any
    counted: Any


@dataclass(frozen=True, slots=True)
class Part:
    """Part of a table: what differs in it, and the id behind which the next part begins."""

    differences: list[Difference]
    rows: int
    last_id: int


async def compare(engine: AsyncEngine, table: Table, after: int, limit: int) -> Part:
    """Count `limit` rows of a table anew, from the one behind id `after` on."""
    found = await rows(engine, FIND[table], after=after, limit=limit)
    differences = [
        difference
        for row in found
        if row["differs"]
        for difference in _between(table, row["id"], row["stored"], row["counted"])
    ]
    return Part(differences, len(found), found[-1]["id"] if found else after)


def _between(table: Table, of: int, stored: str, counted: str) -> Iterable[Difference]:
    are, should_be = msgspec.json.decode(stored), msgspec.json.decode(counted)
    for counter, value in should_be.items():
        if are[counter] != value:
            yield Difference(table, of, counter, are[counter], value)
