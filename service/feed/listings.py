"""Lists of posts over all authors: the newest, the hottest, the best of a window; of a tag or all.

`new` goes by id, and ids by time: paged while others write it loses nothing and repeats nothing.
In `hot` and `top` the keys themselves move: a post whose votes changed between two pages can come
again, or be passed over. Clients that mind leave out what they have seen.
"""

import struct
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from service.feed.assemble import filled
from service.feed.cursor import Cursors
from service.feed.lists import before_id, by_id, page_seen_by
from service.feed.models import Page, Post, Ranked, Window
from service.feed.places import HotPlace, Tag
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
    """Which tags there are: no list is kept of those that are not."""

    async def tag(self, name: str) -> Tag | None:
        """One tag; None for an unknown one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What every list of posts is asked with."""

    tag: str | None
    viewer_id: int | None
    cursor: str | None
    limit: int

    def listing(self, sort: str) -> str:
        """What a cursor is bound to. A tag holds neither `&` nor `=`."""
        return f"posts?sort={sort}" if self.tag is None else f"posts?sort={sort}&tag={self.tag}"

    def before(self, cursors: Cursors) -> int | None:
        """The id below which the newest go on. Raises BadCursor."""
        return before_id(self.listing("new"), self.cursor, cursors)

    async def has_none(self, tags: KnownTags) -> bool:
        """Whether there is no such tag."""
        return self.tag is not None and await tags.tag(self.tag) is None


async def read_newest(
    asked: Asked,
    *,
    listings: Listings,
    tags: KnownTags,
    pages: Pages,
    overlays: Overlays,
    cursors: Cursors,
) -> Page[Post]:
    """The newest posts. Raises BadCursor."""
    listing, wanted = asked.listing("new"), asked.limit + 1
    before = asked.before(cursors)
    if await asked.has_none(tags):
        return Page([], None)

    async def ids_below(before: int | None) -> Sequence[int]:
        return await listings.newest(asked.tag, before, wanted)

    async def show(ids: Sequence[int]) -> list[Post]:
        posts = await pages.posts(ids)
        return [posts[post_id] for post_id in ids if post_id in posts]

    posts = await filled(ids_below, show, before=before, limit=wanted, id_of=int)
    page = by_id(posts, asked.limit, listing, cursors)
    return await page_seen_by(asked.viewer_id, page, overlays)


async def read_hottest(
    asked: Asked,
    *,
    listings: Listings,
    tags: KnownTags,
    pages: Pages,
    overlays: Overlays,
    cursors: Cursors,
) -> Page[Post]:
    """The hottest posts; those whose votes change meanwhile can come again. Raises BadCursor."""
    listing, wanted = asked.listing("hot"), asked.limit + 1
    keys = cursors.decode(listing, asked.cursor, keys=2)
    after = HotPlace(post_id=keys[1], hot=_float(keys[0])) if keys else None
    if await asked.has_none(tags):
        return Page([], None)

    async def behind(after: HotPlace | None) -> Sequence[HotPlace]:
        return await listings.hottest(asked.tag, after, wanted)

    found = await _standing(behind, after, wanted, pages)
    last = found[asked.limit - 1][0] if len(found) > asked.limit else None
    page = Page(
        [post for _, post in found[: asked.limit]],
        cursors.encode(listing, _bits(last.hot), last.post_id) if last else None,
    )
    return await page_seen_by(asked.viewer_id, page, overlays)


async def read_top(
    window: Window,
    asked: Asked,
    *,
    listings: Listings,
    tags: KnownTags,
    pages: Pages,
    overlays: Overlays,
    cursors: Cursors,
) -> Page[Post]:
    """The best of a window, by points. Raises BadCursor."""
    listing, wanted, tag = asked.listing(f"top&window={window}"), asked.limit + 1, asked.tag
    keys = cursors.decode(listing, asked.cursor, keys=2)
    after = Ranked(post_id=keys[1], points=keys[0]) if keys else None
    if await asked.has_none(tags):
        return Page([], None)
    if tag is None:
        found = await pages.top(window, after, wanted)
    else:

        async def behind(after: Ranked | None) -> Sequence[Ranked]:
            return await listings.top_tagged(tag, window, after, wanted)

        found = await _standing(behind, after, wanted, pages)
    last = found[asked.limit - 1][0] if len(found) > asked.limit else None
    page = Page(
        [post for _, post in found[: asked.limit]],
        cursors.encode(listing, last.points, last.post_id) if last else None,
    )
    return await page_seen_by(asked.viewer_id, page, overlays)


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


def _bits(number: float) -> int:
    """A float as the integer of the same bits: a rounded score would lose or repeat a place."""
    return int(struct.unpack(">q", struct.pack(">d", number))[0])


def _float(bits: int) -> float:
    return float(struct.unpack(">d", struct.pack(">q", bits))[0])
