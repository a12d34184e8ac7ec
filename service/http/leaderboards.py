"""Leaderboards of reputation."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from service.feed import leaderboards
from service.feed.places import BoardPage, Neighbours, Period
from service.http.conditional import Asked
from service.http.deps import CursorParam, FeedDep, Limit, UserDep
from service.http.errors import PROBLEMS

router = APIRouter(prefix="/v1/leaderboards", tags=["leaderboards"], responses=PROBLEMS)

PeriodParam = Annotated[Period, Query(description="gained in the last 7 or 30 days, or ever")]


@router.get("/reputation", response_model=BoardPage)
async def read_leaderboard(
    feed: FeedDep,
    reading: Asked,
    period: PeriodParam = "all",
    cursor: CursorParam = None,
    limit: Limit = 20,
) -> Response:
    """Who stands highest; equal ones share a rank."""
    page = await leaderboards.read_leaderboard(
        period,
        cursor,
        limit,
        leaderboards=feed.leaderboards,
        people=feed.people,
        cursors=feed.cursors,
    )
    return reading.show(page, link=f"/v1/leaderboards/reputation?period={period}&limit={limit}&")


@router.get("/reputation/me", response_model=Neighbours)
async def read_own_place(
    feed: FeedDep, user: UserDep, reading: Asked, period: PeriodParam = "all"
) -> Response:
    """One's own rank, and five neighbours on each side."""
    return reading.show(
        await leaderboards.read_own_place(
            user.user_id, period, leaderboards=feed.leaderboards, people=feed.people
        )
    )
