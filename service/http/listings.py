"""Lists of posts over all authors: the newest, the hottest, the best of a window."""

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from service.feed import listings
from service.feed.errors import Invalid
from service.feed.models import Page, Post, SeenPost, Window
from service.feed.ports import Pages
from service.http.conditional import Asked
from service.http.deps import CursorParam, Feed, FeedDep, Limit, ViewerDep
from service.http.errors import PROBLEMS
from service.http.picked import Ids, read_picked
from service.http.schemas import TAG

router = APIRouter(prefix="/v1/posts", tags=["posts"], responses=PROBLEMS)

Sort = Literal["new", "hot", "top"]


@router.get("", response_model=Page[SeenPost | Post])
async def list_posts(
    feed: FeedDep,
    viewer: ViewerDep,
    reading: Asked,
    sort: Annotated[Sort, Query()] = "top",
    window: Annotated[Window | None, Query(description="of `top` alone; `day` if left out")] = None,
    tag: Annotated[str | None, Query(pattern=TAG)] = None,
    cursor: CursorParam = None,
    limit: Limit = 20,
    ids: Ids = None,
) -> Response:
    """The newest, the hottest, or the best of a window by the votes and comments in it."""
    if ids is not None:
        return await read_picked(ids, viewer.user_id if viewer else None, feed, reading)
    if window is not None and sort != "top":
        raise Invalid("a window belongs to the sort `top`")
    asked = listings.Asked(tag, viewer.user_id if viewer else None, cursor, limit)
    # A cursor is bound to all of these, so the link to the next page repeats them.
    filters = f"&window={window or 'day'}" if sort == "top" else ""
    filters += f"&tag={tag}" if tag is not None else ""
    return await reading.read(
        feed.pages,
        partial(_page, sort, window or "day", asked, feed),
        link=f"/v1/posts?sort={sort}{filters}&limit={limit}&",
    )


async def _page(
    sort: Sort, window: Window, asked: listings.Asked, feed: Feed, pages: Pages
) -> Page[Post]:
    if sort == "top":
        return await listings.read_top(
            window,
            asked,
            listings=feed.listings,
            tags=feed.tags,
            pages=pages,
            overlays=feed.overlays,
            cursors=feed.cursors,
        )
    read = listings.read_newest if sort == "new" else listings.read_hottest
    return await read(
        asked,
        listings=feed.listings,
        tags=feed.tags,
        pages=pages,
        overlays=feed.overlays,
        cursors=feed.cursors,
    )
