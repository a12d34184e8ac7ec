"""Lists of posts over all authors: the newest, the hottest, the best of a window."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from service.feed import posts
from service.feed.models import Page, Post, SeenPost, Window
from service.http.answers import page_answer
from service.http.deps import CursorParam, FeedDep, Limit, ViewerDep
from service.http.errors import PROBLEMS

router = APIRouter(prefix="/v1/posts", tags=["posts"], responses=PROBLEMS)


@router.get("", response_model=Page[SeenPost | Post])
async def list_posts(
    feed: FeedDep,
    viewer: ViewerDep,
    sort: Annotated[Literal["top"], Query()] = "top",
    window: Annotated[Window, Query()] = "day",
    cursor: CursorParam = None,
    limit: Limit = 20,
) -> Response:
    """The best of a window, by the votes and comments that fell in it."""
    page = await posts.read_top(
        window,
        viewer.user_id if viewer else None,
        cursor,
        limit,
        pages=feed.pages,
        overlays=feed.overlays,
        cursors=feed.cursors,
    )
    return page_answer(page, f"/v1/posts?sort={sort}&window={window}&limit={limit}&")
