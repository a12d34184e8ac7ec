"""The home feed: posts of those whom one follows."""

from collections.abc import Callable
from typing import Literal

from service.feed.cursor import Cursors
from service.feed.lists import before_id, by_id, page_seen_by, pages_for
from service.feed.models import Page, Post
from service.feed.ports import Overlays, Pages

State = Literal["rebuilding"]


async def read_home_feed(
    user_id: int,
    cursor: str | None,
    limit: int,
    *,
    pages: Pages,
    overlays: Overlays,
    cursors: Cursors,
    tell: Callable[[State], None],
) -> Page[Post]:
    """A reader's own feed, newest first; `tell` hears what is to be known of it. Raises BadCursor.

    While it is rebuilding the answer is right, and took more than it will.
    """
    listing = f"feed of {user_id}"
    before = before_id(listing, cursor, cursors)
    home = await pages_for(user_id, pages).home_feed(user_id, before, limit + 1)
    if home.is_rebuilding:
        tell("rebuilding")
    return await page_seen_by(user_id, by_id(home.posts, limit, listing, cursors), overlays)
