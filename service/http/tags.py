"""Tags: the most used, one, and its posts."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from service.feed import listings, tags
from service.feed.models import Page, Post, SeenPost
from service.feed.places import Tag
from service.feed.ports import Pages
from service.http.conditional import Asked
from service.http.deps import CursorParam, FeedDep, Limit, ViewerDep
from service.http.errors import PROBLEMS
from service.http.schemas import TAG

router = APIRouter(prefix="/v1/tags", tags=["tags"], responses=PROBLEMS)

Name = Annotated[str, Path(pattern=TAG)]


@router.get("", response_model=Page[Tag])
async def list_tags(
    feed: FeedDep, reading: Asked, cursor: CursorParam = None, limit: Limit = 20
) -> Response:
    """The most used tags."""
    page = await tags.read_most_used(cursor, limit, tags=feed.tags, cursors=feed.cursors)
    return reading.show(page, link=f"/v1/tags?limit={limit}&")


@router.get("/{name}", response_model=Tag)
async def read_tag(name: Name, feed: FeedDep, reading: Asked) -> Response:
    """A tag, and how many posts have it."""
    return reading.show(await tags.read_tag(name, tags=feed.tags))


@router.get("/{name}/posts", response_model=Page[SeenPost | Post])
async def read_tagged_posts(
    name: Name,
    feed: FeedDep,
    viewer: ViewerDep,
    reading: Asked,
    cursor: CursorParam = None,
    limit: Limit = 20,
) -> Response:
    """A tag's posts, newest first: the list of `/v1/posts?sort=new&tag=`, with its cursors."""
    asked = listings.Asked(name, viewer.user_id if viewer else None, cursor, limit)

    async def read(pages: Pages) -> Page[Post]:
        return await listings.read_newest(
            asked,
            listings=feed.listings,
            tags=feed.tags,
            pages=pages,
            overlays=feed.overlays,
            cursors=feed.cursors,
        )

    asked.before(feed.cursors)  # a foreign cursor costs no look-up of the tag
    await tags.read_tag(name, tags=feed.tags)
    return await reading.read(feed.pages, read, link=f"/v1/tags/{name}/posts?limit={limit}&")
