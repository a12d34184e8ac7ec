"""Tags: the most used, one, and its posts."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from service.feed import listings, tags
from service.feed.models import Page, Post, SeenPost, Tag
from service.http.answers import Answer, page_answer
from service.http.deps import CursorParam, FeedDep, Limit, ViewerDep
from service.http.errors import PROBLEMS
from service.http.schemas import TAG

router = APIRouter(prefix="/v1/tags", tags=["tags"], responses=PROBLEMS)

Name = Annotated[str, Path(pattern=TAG)]


@router.get("", response_model=Page[Tag])
async def list_tags(feed: FeedDep, cursor: CursorParam = None, limit: Limit = 20) -> Response:
    """The most used tags."""
    page = await tags.read_most_used(cursor, limit, tags=feed.tags, cursors=feed.cursors)
    return page_answer(page, f"/v1/tags?limit={limit}&")


@router.get("/{name}", response_model=Tag)
async def read_tag(name: Name, feed: FeedDep) -> Response:
    """A tag, and how many posts have it."""
    return Answer(await tags.read_tag(name, tags=feed.tags))


@router.get("/{name}/posts", response_model=Page[SeenPost | Post])
async def read_posts(
    name: Name, feed: FeedDep, viewer: ViewerDep, cursor: CursorParam = None, limit: Limit = 20
) -> Response:
    """A tag's posts, newest first: the list of `/v1/posts?sort=new&tag=`, with its cursors."""
    page = await listings.read_newest(
        listings.Asked(name, viewer.user_id if viewer else None, cursor, limit),
        listings=feed.listings,
        tags=feed.tags,
        pages=feed.pages,
        overlays=feed.overlays,
        cursors=feed.cursors,
    )
    if not page.items:  # nobody asks twice: a tag that is known is cached
        await tags.read_tag(name, tags=feed.tags)
    return page_answer(page, f"/v1/tags/{name}/posts?limit={limit}&")
