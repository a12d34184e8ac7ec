"""Lists of posts over all authors, or of one tag: the newest, the hottest, the best of a window."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.feed.models import Ranked, Window
from service.feed.post_orders import HotPlace
from service.queries.lists import RANKING_KEPT, WINDOWS
from service.queries.read import below, rows

NEWEST = text("""
    select id from posts where id < :before and deleted_at is null order by id desc limit :limit
""")
NEWEST_TAGGED = text("""
    select pt.post_id as id from post_tags pt join posts p on p.id = pt.post_id
    where pt.tag_id = (select id from tags where name = :tag)
          and pt.post_id < :before and p.deleted_at is null
    order by pt.post_id desc limit :limit
""")
HOTTEST = text("""
    select id, hot from posts
    where deleted_at is null and (hot, id) < (:hot, :before)
    order by hot desc, id desc limit :limit
""")
HOTTEST_TAGGED = text("""
    select p.id, p.hot from post_tags pt join posts p on p.id = pt.post_id
    where pt.tag_id = (select id from tags where name = :tag)
          and p.deleted_at is null and (p.hot, p.id) < (:hot, :before)
    order by p.hot desc, p.id desc limit :limit
""")
# The rule of `lists.TOP`, for the posts of one tag.
TOP_TAGGED = text(f"""
    with tagged as (
        select post_id from post_tags where tag_id = (select id from tags where name = :tag)
    ), voted as (
        select post_id, sum(value) as points from tagged join post_votes using (post_id)
        where created_at > :since group by post_id
    ), talked as (
        select post_id, 2 * count(distinct author_id) as points
        from tagged join comments using (post_id)
        where created_at > :since and deleted_at is null group by post_id
    )
    select p.id, (coalesce(voted.points, 0) + coalesce(talked.points, 0))::bigint as points
    from voted full join talked using (post_id) join posts p on p.id = post_id
    where p.deleted_at is null
    order by points desc, p.id desc limit {RANKING_KEPT}
""")


async def newest(engine: AsyncEngine, tag: str | None, before: int | None, limit: int) -> list[int]:
    """Ids, newest first."""
    asked = {"before": below(before), "limit": limit}
    if tag is None:
        found = await rows(engine, NEWEST, **asked)
    else:
        found = await rows(engine, NEWEST_TAGGED, tag=tag, **asked)
    return [row["id"] for row in found]


async def hottest(
    engine: AsyncEngine, tag: str | None, after: HotPlace | None, limit: int
) -> list[HotPlace]:
    """Places behind `after`, hottest first."""
    asked = {
        "hot": after.hot if after else float("inf"),
        "before": after.post_id if after else below(None),
        "limit": limit,
    }
    if tag is None:
        found = await rows(engine, HOTTEST, **asked)
    else:
        found = await rows(engine, HOTTEST_TAGGED, tag=tag, **asked)
    return [HotPlace(row["id"], row["hot"]) for row in found]


async def top_tagged(engine: AsyncEngine, tag: str, window: Window, now: datetime) -> list[Ranked]:
    """The best of a window that ends now, among the posts of a tag."""
    found = await rows(engine, TOP_TAGGED, tag=tag, since=now - WINDOWS[window])
    return [Ranked(row["id"], row["points"]) for row in found]
