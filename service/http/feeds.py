"""Lists over many authors: the home feed and what is trending."""

from typing import get_args

from fastapi import APIRouter, Response

from service.feed import home, tags, trending
from service.feed.models import Page, Post, SeenPost
from service.feed.ports import Pages
from service.feed.tags import Tag
from service.http.conditional import Asked
from service.http.deps import FeedDep, Limit, PagingDep, UserDep, ViewerDep
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
async def read_feed(paging: PagingDep, feed: FeedDep, user: UserDep, asked: Asked) -> Response:
    """Posts of those whom one follows, newest first."""
    told: list[home.State] = []

    async def read(pages: Pages) -> Page[Post]:
        return await home.read_home_feed(
            user.user_id,
            paging.cursor,
            paging.limit,
            pages=pages,
            overlays=feed.overlays,
            cursors=feed.cursors,
            tell=told.append,
        )

    answer = await asked.read(feed.pages, read, link=paging.link("/v1/feed"))
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
async def read_trending_tags(
    feed: FeedDep, _: ViewerDep, asked: Asked, limit: Limit = 20
) -> Response:
    """Tags of posts that draw votes and comments now."""
    return asked.show(await tags.read_trending_tags(limit, tags=feed.tags))
