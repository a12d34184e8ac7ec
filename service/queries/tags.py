"""Tags: one, those most used, those that draw votes and comments now."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.feed.tags import RankedTag, Tag
from service.queries.read import rows

TAGS_KEPT = 1000  # places; a list that hardly anybody reads beyond its first page
TRENDING_KEPT = 100
HALF_LIFE_S = 4 * 3600
# Behind that a vote weighs a 256th.
SEEN_BACK = timedelta(seconds=8 * HALF_LIFE_S)

TAGS = text("""
    select t.name, (
        select count(*) from post_tags pt join posts p on p.id = pt.post_id
        where pt.tag_id = t.id and p.deleted_at is null
    ) as posts
    from tags t where t.name = any(:names)
""")
MOST_USED = text(f"""
    select t.id, t.name, used.posts as points
    from (
        select pt.tag_id, count(*) as posts from post_tags pt join posts p on p.id = pt.post_id
        where p.deleted_at is null group by pt.tag_id
    ) used join tags t on t.id = used.tag_id
    order by used.posts desc, t.id desc limit {TAGS_KEPT}
""")
# Each vote for a post weighs 1 for its tags and each comment 2, and half of that four hours later,
# but what one person does counts once a tag: else one could trend anything by voting much. For how
# the weights are measured see `trending.POSTS`.
TRENDING = text(f"""
    with happened as (
        select post_id, user_id as actor_id, 1 as weight, created_at from post_votes
        where created_at > :since and value = 1
        union all
        select post_id, author_id, 2, created_at from comments
        where created_at > :since and deleted_at is null
    ), once as (
        select pt.tag_id, h.actor_id, h.weight, max(h.created_at) as created_at
        from happened h join posts p on p.id = h.post_id join post_tags pt on pt.post_id = p.id
        where p.deleted_at is null
        group by pt.tag_id, h.actor_id, h.weight
    ), warm as (
        select tag_id, sum(weight * exp(ln(2.0) / {HALF_LIFE_S} * extract(epoch from
               created_at - date_trunc('day', cast(:since as timestamptz), 'UTC'))::float8)) as heat
        from once group by tag_id
    ), best as (
        select tag_id, (heat * 1000)::bigint as points from warm
        order by points desc, tag_id desc limit {TRENDING_KEPT}
    )
    select t.id, t.name, best.points from best join tags t on t.id = best.tag_id
    order by best.points desc, t.id desc
""")


async def tags_named(engine: AsyncEngine, names: Sequence[str]) -> dict[str, Tag]:
    """Tags by name; unknown ones are left out."""
    found = await rows(engine, TAGS, names=list(names))
    return {row["name"]: Tag(row["name"], row["posts"]) for row in found}


async def most_used(engine: AsyncEngine) -> list[RankedTag]:
    """By the number of posts that stand."""
    return [RankedTag(**row) for row in await rows(engine, MOST_USED)]


async def trending(engine: AsyncEngine, now: datetime) -> list[RankedTag]:
    """What draws votes and comments now, hottest first."""
    return [RankedTag(**row) for row in await rows(engine, TRENDING, since=now - SEEN_BACK)]
