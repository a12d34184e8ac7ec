"""Lists of posts over all authors: the newest, the hottest, the best of a window; of a tag or all.

`new` goes by id, and ids by time: paged while others write it loses nothing and repeats nothing.
In `hot` and `top` the keys themselves move: a post whose votes changed between two pages can come
again, or be passed over. Clients that mind leave out what they have seen.
"""

import struct
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from service.feed.assemble import filled
from service.feed.cursor import Cursors
from service.feed.lists import before_id, by_id, seen_by
from service.feed.models import HotPlace, Page, Post, Ranked, Tag, Window
from service.feed.ports import Overlays, Pages

Place = TypeVar("Place", HotPlace, Ranked)


class Listings(Protocol):
    """Ids of posts with what they are sorted by; entries may name what is gone."""

    async def newest(self, tag: str | None, before: int | None, limit: int) -> Sequence[int]:
        """Ids older than `before`, newest first."""

    async def hottest(
        self, tag: str | None, after: HotPlace | None, limit: int
    ) -> Sequence[HotPlace]:
        """Places behind `after`, hottest first."""

    async def top_tagged(
        self, tag: str, window: Window, after: Ranked | None, limit: int
    ) -> Sequence[Ranked]:
        """Places behind `after`, best first."""


class KnownTags(Protocol):
    """Which tags there are."""

    async def tag(self, name: str) -> Tag | None:
        """One tag; None for an unknown one."""


async def read_newest(
    tag: str | None,
    viewer_id: int | None,
    cursor: str | None,
    limit: int,
    *,
    listings: Listings,
    tags: KnownTags,
    pages: Pages,
    overlays: Overlays,
    cursors: Cursors,
) -> Page[Post]:
    """The newest posts. Raises BadCursor."""
    listing = _name("new", tag)
    before = before_id(listing, cursor, cursors)
    if tag is not None and await tags.tag(tag) is None:
        return Page([], None)

    async def show(ids: Sequence[int]) -> list[Post]:
        posts = await pages.posts(ids)
        return [posts[post_id] for post_id in ids if post_id in posts]

    posts = await filled(
        lambda before: listings.newest(tag, before, limit + 1),
        show,
        before=before,
        limit=limit + 1,
        id_of=int,
    )
    return by_id(await seen_by(viewer_id, posts, overlays), limit, listing, cursors)


async def read_hottest(
    tag: str | None,
    viewer_id: int | None,
    cursor: str | None,
    limit: int,
    *,
    listings: Listings,
    tags: KnownTags,
    pages: Pages,
    overlays: Overlays,
    cursors: Cursors,
) -> Page[Post]:
    """The hottest posts; those whose votes change meanwhile can come again. Raises BadCursor."""
    listing = _name("hot", tag)
    keys = cursors.decode(listing, cursor, keys=2)
    after = HotPlace(post_id=keys[1], hot=_float(keys[0])) if keys else None
    if tag is not None and await tags.tag(tag) is None:
        return Page([], None)
    found = await _standing(
        lambda after: listings.hottest(tag, after, limit + 1), after, limit + 1, pages
    )
    posts = await seen_by(viewer_id, [post for _, post in found[:limit]], overlays)
    last = found[limit - 1][0] if len(found) > limit else None
    # The score as the bits that it has: a rounded one would lose or repeat a place.
    return Page(list(posts), last and cursors.encode(listing, _bits(last.hot), last.post_id))


async def read_top(
    window: Window,
    tag: str | None,
    viewer_id: int | None,
    cursor: str | None,
    limit: int,
    *,
    listings: Listings,
    tags: KnownTags,
    pages: Pages,
    overlays: Overlays,
    cursors: Cursors,
) -> Page[Post]:
    """The best of a window, by points. Raises BadCursor."""
    listing = _name(f"top&window={window}", tag)
    keys = cursors.decode(listing, cursor, keys=2)
    after = Ranked(post_id=keys[1], points=keys[0]) if keys else None
    if tag is None:
        found = await pages.top(window, after, limit + 1)
    elif await tags.tag(tag) is None:
        found = []
    else:
        found = await _standing(
            lambda after: listings.top_tagged(tag, window, after, limit + 1),
            after,
            limit + 1,
            pages,
        )
    posts = await seen_by(viewer_id, [post for _, post in found[:limit]], overlays)
    last = found[limit - 1][0] if len(found) > limit else None
    return Page(list(posts), last and cursors.encode(listing, last.points, last.post_id))


async def _standing(
    behind: Callable[[Place | None], Awaitable[Sequence[Place]]],
    after: Place | None,
    wanted: int,
    pages: Pages,
) -> list[tuple[Place, Post]]:
    """Up to `wanted` places whose posts stand, fewer only at the list's end."""
    found: list[tuple[Place, Post]] = []
    while len(found) < wanted:
        places = await behind(after)
        posts = await pages.posts([place.post_id for place in places])
        found += [(place, posts[place.post_id]) for place in places if place.post_id in posts]
        if len(places) < wanted:
            break
        after = places[-1]
    return found[:wanted]


def _name(sort: str, tag: str | None) -> str:
    """What a cursor is bound to. A tag holds neither `&` nor `=`."""
    return f"posts?sort={sort}" if tag is None else f"posts?sort={sort}&tag={tag}"


def _bits(number: float) -> int:
    """A float as the 64-bit integer of the same bits."""
    return int(struct.unpack(">q", struct.pack(">d", number))[0])


def _float(bits: int) -> float:
    return float(struct.unpack(">d", struct.pack(">q", bits))[0])
