"""What draws votes and comments now."""

from service.feed.lists import seen_by
from service.feed.models import Page, Post
from service.feed.ports import Overlays, Pages


async def read_trending(
    viewer_id: int | None, limit: int, *, pages: Pages, overlays: Overlays
) -> Page[Post]:
    """The hottest posts; one page, no cursor."""
    posts = await seen_by(viewer_id, await pages.trending(limit), overlays)
    return Page(list(posts), None)
