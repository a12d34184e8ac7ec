"""Lists of posts over all authors, or of one tag, in any order."""

from dataclasses import dataclass
from typing import Protocol, TypeVar

from service.feed.cursor import Cursors
from service.feed.lists import page_seen_by
from service.feed.models import Page, Post
from service.feed.ports import Overlays, Pages
from service.feed.post_orders import Listings, Order, has_tag
from service.feed.tags import Tag

Position = TypeVar("Position")


class KnownTags(Protocol):
    """Which tags there are: no list is kept of those that are not."""

    async def tag(self, name: str) -> Tag | None:
        """One tag; None for an unknown one."""


@dataclass(frozen=True, slots=True)
class ListRequest:
    """What every list of posts is asked with."""

    tag: str | None
    viewer_id: int | None
    cursor: str | None
    limit: int


def goes_on_at(order: Order[Position], request: ListRequest, cursors: Cursors) -> Position | None:
    """The position that a cursor names; None for the beginning. Raises BadCursor."""
    keys = cursors.decode(_listing(order, request), request.cursor, keys=order.keys)
    return order.position(keys) if keys else None


async def read_listing(
    order: Order[Position],
    request: ListRequest,
    *,
    listings: Listings,
    tags: KnownTags,
    pages: Pages,
    overlays: Overlays,
    cursors: Cursors,
) -> Page[Post]:
    """One page; of an unknown tag an empty one. Raises BadCursor."""
    after, limit = goes_on_at(order, request, cursors), request.limit
    if request.tag is not None and await tags.tag(request.tag) is None:
        return Page([], None)
    found = await order.found(request.tag, after, limit + 1, listings, pages)
    page = Page([post for _, post in found[:limit]], None)
    if len(found) > limit:
        keys = order.keys_of(found[limit - 1][0])
        page = Page(page.items, cursors.encode(_listing(order, request), *keys))
    seen = await page_seen_by(request.viewer_id, page, overlays)
    # Of what its author has changed they are shown the newest, which may have lost the tag.
    return Page([post for post in seen.items if has_tag(post, request.tag)], seen.next)


def _listing(order: Order[Position], request: ListRequest) -> str:
    """What a cursor is bound to. A tag holds neither `&` nor `=`."""
    tag = "" if request.tag is None else f"&tag={request.tag}"
    return f"posts?sort={order.name}{tag}"
