"""Lists over many authors: the home feed and what is trending."""

from typing import get_args

from fastapi import APIRouter, Response

from service.feed import home, tags, trending
from service.feed.models import Page, Post, SeenPost
from service.feed.places import Tag
from service.feed.ports import Pages
from service.http.conditional import Asked
from service.http.deps import CursorParam, FeedDep, Limit, UserDep, ViewerDep
from service.http.errors import PROBLEMS

router = APIRouter(prefix="/v1", tags=["feeds"], responses=PROBLEMS)

STATE = {
    "description": "there while the feed is rebuilt: the page is whole, and came from the database",
    "schema": {"type": "string", "enum": list(get_args(home.State))},
}


@router.get(
    "/feed",
    response_model=Page[SeenPost],
    responses={200: {"headers": {"X-Feed-State": STATE}}},
)
async def read_feed(
    feed: FeedDep, user: UserDep, asked: Asked, cursor: CursorParam = None, limit: Limit = 20
) -> Response:
    """Posts of those whom one follows, newest first."""
    told: list[home.State] = []

    async def read(pages: Pages) -> Page[Post]:
        return await home.read_home_feed(
            user.user_id,
            cursor,
            limit,
            pages=pages,
            overlays=feed.overlays,
            cursors=feed.cursors,
            tell=told.append,
        )

    answer = await asked.read(feed.pages, read, link=f"/v1/feed?limit={limit}&")
    if told:
        answer.headers["X-Feed-State"] = told[-1]
    return answer


@router.get("/trending/posts", response_model=Page[SeenPost | Post])
async def read_trending(
    feed: FeedDep, viewer: ViewerDep, asked: Asked, limit: Limit = 20
) -> Response:
    """Posts that draw votes and comments now."""
    viewer_id = viewer.user_id if viewer else None

    async def read(pages: Pages) -> Page[Post]:
        return await trending.read_trending(viewer_id, limit, pages=pages, overlays=feed.overlays)

    return await asked.read(feed.pages, read)


@router.get("/trending/tags", response_model=Page[Tag])
async def read_trending_tags(feed: FeedDep, asked: Asked, limit: Limit = 20) -> Response:
    """Tags of posts that draw votes and comments now."""
    return asked.show(await tags.read_trending_tags(limit, tags=feed.tags))
