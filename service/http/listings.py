"""Lists of posts over all authors: the newest, the hottest, the best of a window."""

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from service.feed.errors import Invalid
from service.feed.listings import ListRequest, read_listing
from service.feed.models import Page, Post, SeenPost, Window
from service.feed.ports import Pages
from service.feed.post_orders import Hottest, Newest, Order, Top
from service.http.conditional import Asked
from service.http.deps import Feed, FeedDep, PagingDep, ViewerDep
from service.http.errors import PROBLEMS
from service.http.picked import Ids, read_picked
from service.http.schemas import TAG

router = APIRouter(prefix="/v1/posts", tags=["posts"], responses=PROBLEMS)

PostSort = Literal["new", "hot", "top"]
DEFAULT_WINDOW: Window = "day"


@router.get("", response_model=Page[SeenPost | Post])
async def list_posts(
    paging: PagingDep,
    feed: FeedDep,
    viewer: ViewerDep,
    asked: Asked,
    sort: Annotated[PostSort, Query()] = "top",
    window: Annotated[Window | None, Query(description="of `top` alone; `day` if left out")] = None,
    tag: Annotated[str | None, Query(pattern=TAG)] = None,
    ids: Ids = None,
) -> Response:
    """The newest, the hottest, or the best of a window by the votes and comments in it.

    Without `sort` it is the best of the day, which holds nothing that nobody has voted for yet or
    commented on: what was just published is in `sort=new`.
    """
    viewer_id = viewer.user_id if viewer else None
    if ids is not None:
        return await read_picked(ids, viewer_id, feed, asked)
    if window is not None and sort != "top":
        raise Invalid("a window belongs to the sort `top`")
    order = _order(sort, window or DEFAULT_WINDOW)
    # A cursor is bound to all of these, so the link to the next page repeats them.
    filters = f"&tag={tag}" if tag is not None else ""
    return await asked.read(
        feed.pages,
        partial(
            page_of_posts, order, ListRequest(tag, viewer_id, paging.cursor, paging.limit), feed
        ),
        link=paging.link(f"/v1/posts?sort={order.name}{filters}"),
    )


async def page_of_posts(
    order: Order[Any], request: ListRequest, feed: Feed, pages: Pages
) -> Page[Post]:
    """One page of posts, with what the process has."""
    return await read_listing(
        order,
        request,
        listings=feed.listings,
        tags=feed.tags,
        pages=pages,
        overlays=feed.overlays,
        cursors=feed.cursors,
    )


def _order(sort: PostSort, window: Window) -> Order[Any]:
    match sort:
        case "new":
            return Newest()
        case "hot":
            return Hottest()
        case "top":
            return Top(window)
