"""Leaderboards of reputation."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from service.feed import leaderboards
from service.feed.boards import BoardPage, Neighbours, Period
from service.http.conditional import Asked
from service.http.deps import FeedDep, PagingDep, UserDep, viewer_of
from service.http.errors import PROBLEMS

router = APIRouter(
    prefix="/v1/leaderboards",
    tags=["leaderboards"],
    responses=PROBLEMS,
    # A bad token is refused here, too, where nobody needs one.
    dependencies=[Depends(viewer_of)],
)

PeriodParam = Annotated[Period, Query(description="gained in the last 7 or 30 days, or ever")]


@router.get("/reputation", response_model=BoardPage)
async def read_leaderboard(
    paging: PagingDep, feed: FeedDep, asked: Asked, period: PeriodParam = "all"
) -> Response:
    """Who stands highest; equal ones share a rank.

    `as_of` is when it was computed, and in the ETag: 304 says that it still is this one.
    """
    page = await leaderboards.read_leaderboard(
        period,
        paging.cursor,
        paging.limit,
        leaderboards=feed.leaderboards,
        people=feed.people,
        deleted=feed.deleted,
        cursors=feed.cursors,
    )
    return asked.show(page, link=paging.link(f"/v1/leaderboards/reputation?period={period}"))


@router.get("/reputation/me", response_model=Neighbours)
async def read_own_place(
    feed: FeedDep, user: UserDep, asked: Asked, period: PeriodParam = "all"
) -> Response:
    """One's own rank, and five neighbours on each side."""
    return asked.show(
        await leaderboards.read_own_place(
            user.user_id,
            period,
            leaderboards=feed.leaderboards,
            people=feed.people,
            deleted=feed.deleted,
        )
    )
