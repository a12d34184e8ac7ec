"""Lists of ids: an author's posts, a home feed, rankings, followers."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.feed.models import Ranked, Window
from service.queries.read import below, rows
from service.queries.rows import Row

WINDOWS: dict[Window, timedelta] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "all": timedelta(days=365 * 60),
}
RANKING_KEPT = 100  # places; nobody pages further through a list that moves

AUTHOR = text("""
    select id from posts
    where author_id = :user_id and id < :before and deleted_at is null
    order by id desc limit :limit
""")
# The newest few of each followed author come from the index (author_id, id); sorting those is
# cheap, sorting all that they ever wrote is not.
HOME = text("""
    select newest.id
    from follows f
    cross join lateral (
        select p.id from posts p
        where p.author_id = f.followee_id and p.id < :before and p.deleted_at is null
        order by p.id desc limit :limit
    ) newest
    where f.follower_id = :user_id
    order by newest.id desc limit :limit
""")
NEWEST_OF = text("""
    select author.id as author_id, newest.id
    from unnest(cast(:user_ids as bigint[])) as author (id)
    cross join lateral (
        select p.id from posts p
        where p.author_id = author.id and p.deleted_at is null
        order by p.id desc limit :limit
    ) newest
    order by newest.id desc
""")
FOLLOWEES = text("select followee_id from follows where follower_id = :user_id order by 1")
FOLLOWERS = text("select follower_id from follows where followee_id = :user_id")

# What people voted for and talked about within the window, however old the post: votes count
# one each, and everybody who joined the talk counts two, once.
TOP = text(f"""
    with voted as (
        select post_id, sum(value) as points from post_votes
        where created_at > :since group by post_id
    ), talked as (
        select post_id, 2 * count(distinct author_id) as points from comments
        where created_at > :since and deleted_at is null group by post_id
    )
    select p.id, (coalesce(voted.points, 0) + coalesce(talked.points, 0))::bigint as points
    from voted full join talked using (post_id) join posts p on p.id = post_id
    where p.deleted_at is null
    order by points desc, p.id desc limit {RANKING_KEPT}
""")


async def author_ids(
    engine: AsyncEngine, user_id: int, before: int | None, limit: int
) -> list[int]:
    """Ids of an author's posts, newest first."""
    found = await rows(engine, AUTHOR, user_id=user_id, before=below(before), limit=limit)
    return [row["id"] for row in found]


async def home_ids(engine: AsyncEngine, user_id: int, before: int | None, limit: int) -> list[int]:
    """Ids of the posts of those whom the user follows, newest first."""
    found = await rows(engine, HOME, user_id=user_id, before=below(before), limit=limit)
    return [row["id"] for row in found]


async def newest_of(
    engine: AsyncEngine, user_ids: Sequence[int], limit: int
) -> dict[int, list[int]]:
    """Ids of the newest posts of each author, newest first; all authors are there."""
    newest: dict[int, list[int]] = {user_id: [] for user_id in user_ids}
    for row in await rows(engine, NEWEST_OF, user_ids=list(user_ids), limit=limit):
        newest[row["author_id"]].append(row["id"])
    return newest


async def followee_ids(engine: AsyncEngine, user_id: int) -> list[int]:
    """Everybody whom the user follows."""
    return [row["followee_id"] for row in await rows(engine, FOLLOWEES, user_id=user_id)]


async def follower_ids(engine: AsyncEngine, user_id: int) -> list[int]:
    """Everybody who follows the user."""
    return [row["follower_id"] for row in await rows(engine, FOLLOWERS, user_id=user_id)]


async def top_of(engine: AsyncEngine, window: Window, now: datetime) -> list[Ranked]:
    """The best of a window that ends now, best first."""
    return _places(await rows(engine, TOP, since=now - WINDOWS[window]))


def _places(found: Sequence[Row]) -> list[Ranked]:
    return [Ranked(row["id"], row["points"]) for row in found]
