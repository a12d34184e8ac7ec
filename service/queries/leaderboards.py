"""Leaderboards: the standing of everybody, by the rule of `feed/reputation.py`, in one query."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.feed.boards import BoardRow, Period
from service.feed.reputation import Points
from service.queries.read import rows

PERIODS: dict[Period, timedelta | None] = {
    "all": None,
    "week": timedelta(days=7),
    "month": timedelta(days=30),
}
BOARD_KEPT = 10_000  # places: who stands further behind is told so, and no more
EVER = datetime(1970, 1, 1, tzinfo=UTC)

# Day by day as for one user: gains are capped, losses are not, nobody gains by their own votes.
# Of all time nobody falls below the least, and who only has that is not listed; of a period, who
# gained nothing in it is not.
BOARD = text(f"""
    with received as (
        select p.author_id as user_id, date_trunc('day', v.created_at at time zone 'utc') as day,
               case v.value when 1 then cast(:post_up as int) else 0 end as gained,
               case v.value when 1 then 0 else cast(:post_down as int) end as lost
        from post_votes v join posts p on p.id = v.post_id
        where v.created_at > :since and p.deleted_at is null and v.user_id <> p.author_id
        union all
        select c.author_id, date_trunc('day', v.created_at at time zone 'utc'),
               case v.value when 1 then cast(:comment_up as int) else 0 end,
               case v.value when 1 then 0 else cast(:comment_down as int) end
        from comment_votes v join comments c on c.id = v.comment_id
        where v.created_at > :since and c.deleted_at is null and v.user_id <> c.author_id
    ), days as (
        select user_id, least(sum(gained), cast(:cap_a_day as int)) + sum(lost) as points
        from received group by user_id, day
    ), standings as (
        select user_id, sum(points) + cast(:base as int) as points from days group by user_id
    )
    select s.user_id, s.points::int as points
    from standings s join users u on u.id = s.user_id
    where u.deleted_at is null and s.points > cast(:base as int)
    order by points desc, s.user_id limit {BOARD_KEPT}
""")


async def board(
    engine: AsyncEngine, period: Period, points: Points, now: datetime
) -> list[BoardRow]:
    """Who gained most in a period that ends now; equal ones by id."""
    span = PERIODS[period]
    found = await rows(
        engine,
        BOARD,
        since=EVER if span is None else now - span,
        base=points.least if span is None else 0,
        post_up=points.post_up,
        post_down=points.post_down,
        comment_up=points.comment_up,
        comment_down=points.comment_down,
        cap_a_day=points.cap_a_day,
    )
    return [BoardRow(row["user_id"], row["points"]) for row in found]
