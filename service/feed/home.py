"""The home feed: posts of those whom one follows."""

from service.feed.cursor import Cursors
from service.feed.lists import before_id, by_id, seen_by
from service.feed.models import Page, Post
from service.feed.ports import Overlays, Pages


async def read_home_feed(
    user_id: int,
    cursor: str | None,
    limit: int,
    *,
    pages: Pages,
    overlays: Overlays,
    cursors: Cursors,
) -> Page[Post]:
    """A reader's own feed, newest first. Raises BadCursor."""
    listing = f"feed of {user_id}"
    before = before_id(listing, cursor, cursors)
    posts = await pages.home_feed(user_id, before, limit + 1)
    return by_id(await seen_by(user_id, posts, overlays), limit, listing, cursors)
