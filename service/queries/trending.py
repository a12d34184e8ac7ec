"""What draws votes and comments now: the rule, and what a ranking is made of that follows it.

Each vote for a post weighs 1 and each person who joins its talk 2, once, when it happens; half of
that six hours later. By forward decay, measured not from now but from the beginning of an era, so
that the order of two posts does not hang on the moment of asking; and in the whole units of
`patterns/decayed_ranking`, so that this query and a ranking kept by steps agree to the last bit.
"""

import math
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.feed.models import Ranked
from service.queries.lists import RANKING_KEPT
from service.queries.read import rows

HALF_LIFE_S = 6 * 3600
VOTE, COMMENT = 1, 2
# A vote has lost 255 of 256 parts by then.
SEEN_BACK = timedelta(seconds=8 * HALF_LIFE_S)
ERA_S = 16 * HALF_LIFE_S
UNITS = 1024  # of weight 1 at the beginning of an era
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_UNITS = f"""
    with happened as (
        select post_id, {VOTE} as weight, created_at from post_votes
        where created_at > :since and created_at < :until and value = 1
        union all
        select c.post_id, {COMMENT}, c.created_at from comments c
        where c.created_at > :since and c.created_at < :until and c.deleted_at is null
              and not exists (
                  select from comments former
                  where former.post_id = c.post_id and former.id < c.id
                        and former.author_id = c.author_id and former.deleted_at is null)
    ), measured as (
        select post_id, weight,
               date_part('epoch', created_at) / {ERA_S} as eras from happened
    ), units as (
        select post_id, floor(eras) as era,
               sum(round(weight * power(2, 16 * (eras - floor(eras))) * {UNITS})) as units
        from measured group by post_id, floor(eras)
    )
"""
# An era is worth 2^16 of the era before. Sums are whole numbers below 2^53: exact in any order.
POSTS = text(f"""
    {_UNITS}, warm as (
        select post_id, sum(units * power(2, 16 * (era - cast(:era as int) + 1)))::bigint as points
        from units group by post_id
    )
    select p.id, points from warm join posts p on p.id = post_id
    where p.deleted_at is null
    order by points desc, p.id desc limit {RANKING_KEPT}
""")
SUMS = text(f"""
    {_UNITS}
    select u.post_id, u.era, u.units
    from units u join posts p on p.id = u.post_id where p.deleted_at is null
""")


async def posts(engine: AsyncEngine, now: datetime) -> list[Ranked]:
    """The hottest posts, hottest first."""
    era = math.floor(now.timestamp() / ERA_S)
    ahead = now + timedelta(hours=1)  # the database may have the later clock
    found = await rows(engine, POSTS, since=now - SEEN_BACK, until=ahead, era=era)
    return [Ranked(row["id"], row["points"]) for row in found]


async def sums(engine: AsyncEngine, until_s: float) -> list[tuple[int, float, float]]:
    """For each post and era up to a moment: its id, a weight at that era's beginning, and when."""
    until = EPOCH + timedelta(microseconds=math.ceil(until_s * 1e6))
    found = await rows(engine, SUMS, since=until - SEEN_BACK, until=until)
    return [(row["post_id"], row["units"] / UNITS, row["era"] * ERA_S) for row in found]
