"""Tags: the most used, one, and its posts."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from service.feed import tags
from service.feed.listings import ListRequest, goes_on_at
from service.feed.models import Page, Post, SeenPost
from service.feed.post_orders import Newest
from service.feed.tags import Tag
from service.http.conditional import Asked
from service.http.deps import FeedDep, PagingDep, ViewerDep, viewer_of
from service.http.errors import PROBLEMS
from service.http.listings import page_of_posts
from service.http.schemas import TAG

router = APIRouter(
    prefix="/v1/tags",
    tags=["tags"],
    responses=PROBLEMS,
    # A bad token is refused here, too, where nobody needs one.
    dependencies=[Depends(viewer_of)],
)

Name = Annotated[str, Path(pattern=TAG)]


@router.get("", response_model=Page[Tag])
async def list_tags(paging: PagingDep, feed: FeedDep, asked: Asked) -> Response:
    """The most used tags."""
    page = await tags.read_most_used(
        paging.cursor, paging.limit, tags=feed.tags, cursors=feed.cursors
    )
    return asked.show(page, link=paging.link("/v1/tags"))


@router.get("/{name}", response_model=Tag)
async def read_tag(name: Name, feed: FeedDep, asked: Asked) -> Response:
    """A tag, and how many posts have it."""
    return asked.show(await tags.read_tag(name, tags=feed.tags))


@router.get("/{name}/posts", response_model=Page[SeenPost | Post])
async def read_tagged_posts(
    name: Name, paging: PagingDep, feed: FeedDep, viewer: ViewerDep, asked: Asked
) -> Response:
    """A tag's posts, newest first: the list of `/v1/posts?sort=new&tag=`, with its cursors."""
    order, viewer_id = Newest(), viewer.user_id if viewer else None
    request = ListRequest(name, viewer_id, paging.cursor, paging.limit)
    goes_on_at(order, request, feed.cursors)  # a foreign cursor costs no look-up of the tag
    await tags.read_tag(name, tags=feed.tags)
    return await asked.read(
        feed.pages,
        partial(page_of_posts, order, request, feed),
        link=paging.link(f"/v1/tags/{name}/posts"),
    )
