"""Profiles and what a standing is made of."""

import json

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.feed.models import Profile
from service.feed.reputation import VoteDay
from service.queries.read import rows
from service.queries.rows import Row, to_profile

PROFILE = text("""
    select id, handle, display_name, bio, created_at, post_count, follower_count, following_count
    from users where handle = :handle and deleted_at is null
""")
POST_COUNT = text("""
    select count(*) as posts from posts where author_id = :user_id and deleted_at is null
""")
COMMENT_COUNT = text("""
    select count(*) as comments from comments where author_id = :user_id and deleted_at is null
""")
# Nobody gains by their own votes.
_VOTE_DAYS = """
    select to_char(day, 'YYYY-MM-DD') as day,
           sum(post_up)::int as post_ups, sum(post_down)::int as post_downs,
           sum(comment_up)::int as comment_ups, sum(comment_down)::int as comment_downs
    from (
        select date_trunc('day', v.created_at at time zone 'utc') as day,
               (v.value = 1)::int as post_up, (v.value = -1)::int as post_down,
               0 as comment_up, 0 as comment_down
        from posts p join post_votes v on v.post_id = p.id
        where p.author_id = :user_id and p.deleted_at is null and v.user_id <> :user_id
        union all
        select date_trunc('day', v.created_at at time zone 'utc'),
               0, 0, (v.value = 1)::int, (v.value = -1)::int
        from comments c join comment_votes v on v.comment_id = c.id
        where c.author_id = :user_id and c.deleted_at is null and v.user_id <> :user_id
    ) received
    group by day
"""
VOTE_DAYS = text(f"{_VOTE_DAYS} order by 1")
STANDING = text(f"""
    select (select count(*) from posts
            where author_id = :user_id and deleted_at is null) as posts,
           (select count(*) from comments
            where author_id = :user_id and deleted_at is null) as comments,
           coalesce((select json_agg(json_build_array(
               day, post_ups, post_downs, comment_ups, comment_downs) order by day)
               from ({_VOTE_DAYS}) d), '[]'::json)::text as days
""")


async def profile(engine: AsyncEngine, handle: str) -> Profile | None:
    """A user's page; None for an unknown or deleted one."""
    found = await rows(engine, PROFILE, handle=handle)
    return to_profile(found[0]) if found else None


async def post_count(engine: AsyncEngine, user_id: int) -> int:
    """How many posts stand."""
    return int((await rows(engine, POST_COUNT, user_id=user_id))[0]["posts"])


async def comment_count(engine: AsyncEngine, user_id: int) -> int:
    """How many comments stand."""
    return int((await rows(engine, COMMENT_COUNT, user_id=user_id))[0]["comments"])


async def vote_days(engine: AsyncEngine, user_id: int) -> list[VoteDay]:
    """Votes received, a row a UTC day."""
    return [_vote_day(row) for row in await rows(engine, VOTE_DAYS, user_id=user_id)]


async def standing_parts(engine: AsyncEngine, user_id: int) -> tuple[int, int, list[VoteDay]]:
    """Posts, comments and votes received by day, in one query."""
    row = (await rows(engine, STANDING, user_id=user_id))[0]
    days = [VoteDay(*day) for day in json.loads(row["days"])]
    return row["posts"], row["comments"], days


def _vote_day(row: Row) -> VoteDay:
    return VoteDay(
        row["day"],
        row["post_ups"],
        row["post_downs"],
        row["comment_ups"],
        row["comment_downs"],
    )
