"""What lists of posts are sorted by: which positions there are, and how a cursor names one.

`new` goes by id, and ids by time: paged while others write it loses nothing and repeats nothing.
In `hot` and `top` the keys themselves move: a post whose votes changed between two pages can come
again, or be passed over. Clients that mind leave out what they have seen.
"""

import struct
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from service.feed.assemble import filled
from service.feed.models import Post, Ranked, Window
from service.feed.ports import Pages, RankedPost


@dataclass(frozen=True, slots=True)
class HotPlace:
    """One place in `hot`: its score moves with votes alone; ties are broken by the newer id."""

    post_id: int
    hot: float

    def is_behind(self, other: "HotPlace") -> bool:
        """Whether it comes later in the list."""
        return (self.hot, self.post_id) < (other.hot, other.post_id)


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


Position = TypeVar("Position")


class Order(Protocol[Position]):
    """One order of a list of posts: its positions, and how a cursor names one."""

    @property
    def name(self) -> str:
        """What a cursor is bound to."""

    @property
    def keys(self) -> int:
        """How many numbers of a cursor say where a list goes on."""

    def position(self, keys: tuple[int, ...]) -> Position:
        """The position that a cursor's numbers name."""

    def keys_of(self, position: Position) -> tuple[int, ...]:
        """The numbers that a cursor holds for a position."""

    async def found(
        self,
        tag: str | None,
        after: Position | None,
        limit: int,
        listings: Listings,
        pages: Pages,
    ) -> list[tuple[Position, Post]]:
        """Up to `limit` posts behind `after`, each with its position; fewer only at the end."""


@dataclass(frozen=True, slots=True)
class Newest:
    """By id, falling."""

    name: str = "new"
    keys: int = 1

    def position(self, keys: tuple[int, ...]) -> int:
        """The id below which the list goes on."""
        return keys[0]

    def keys_of(self, position: int) -> tuple[int, ...]:
        """The id alone."""
        return (position,)

    async def found(
        self, tag: str | None, after: int | None, limit: int, listings: Listings, pages: Pages
    ) -> list[tuple[int, Post]]:
        """The newest posts."""

        async def behind(after: int | None) -> Sequence[int]:
            return await listings.newest(tag, after, limit)

        return await _standing(tag, behind, after, limit, pages, post_id_of=int)


@dataclass(frozen=True, slots=True)
class Hottest:
    """By a score that moves with votes, and the id."""

    name: str = "hot"
    keys: int = 2

    def position(self, keys: tuple[int, ...]) -> HotPlace:
        """The position that a score's bits and an id name."""
        return HotPlace(post_id=keys[1], hot=_float(keys[0]))

    def keys_of(self, position: HotPlace) -> tuple[int, ...]:
        """The score's bits and the id."""
        return _bits(position.hot), position.post_id

    async def found(
        self, tag: str | None, after: HotPlace | None, limit: int, listings: Listings, pages: Pages
    ) -> list[tuple[HotPlace, Post]]:
        """The hottest posts."""

        async def behind(after: HotPlace | None) -> Sequence[HotPlace]:
            return await listings.hottest(tag, after, limit)

        return await _standing(
            tag, behind, after, limit, pages, post_id_of=lambda place: place.post_id
        )


@dataclass(frozen=True, slots=True)
class Top:
    """By the points of a window, and the id."""

    window: Window
    keys: int = 2

    @property
    def name(self) -> str:
        """Each window is a list of its own."""
        return f"top&window={self.window}"

    def position(self, keys: tuple[int, ...]) -> Ranked:
        """The position that points and an id name."""
        return Ranked(post_id=keys[1], points=keys[0])

    def keys_of(self, position: Ranked) -> tuple[int, ...]:
        """The points and the id."""
        return position.points, position.post_id

    async def found(
        self, tag: str | None, after: Ranked | None, limit: int, listings: Listings, pages: Pages
    ) -> list[RankedPost]:
        """The best posts."""
        if tag is None:
            return await pages.top(self.window, after, limit)

        async def behind(after: Ranked | None) -> Sequence[Ranked]:
            return await listings.top_tagged(tag, self.window, after, limit)

        return await _standing(
            tag, behind, after, limit, pages, post_id_of=lambda place: place.post_id
        )


def has_tag(post: Post, tag: str | None) -> bool:
    """Whether a post belongs in a list of the tag; None is that of all posts."""
    return tag is None or tag in post.tags


async def _standing(
    tag: str | None,
    behind: Callable[[Position | None], Awaitable[Sequence[Position]]],
    after: Position | None,
    limit: int,
    pages: Pages,
    *,
    post_id_of: Callable[[Position], int],
) -> list[tuple[Position, Post]]:
    async def show(positions: Sequence[Position]) -> list[tuple[Position, Post]]:
        posts = await pages.posts([post_id_of(each) for each in positions], "list")
        found = [(each, posts.get(post_id_of(each))) for each in positions]
        # A list may name what is gone, or has lost the tag since.
        return [(each, post) for each, post in found if post is not None and has_tag(post, tag)]

    return await filled(behind, show, after=after, limit=limit, position_of=lambda each: each)


def _bits(number: float) -> int:
    """A float as the integer of the same bits: a rounded score would lose or repeat a place."""
    return int(struct.unpack(">q", struct.pack(">d", number))[0])


def _float(bits: int) -> float:
    return float(struct.unpack(">d", struct.pack(">q", bits))[0])
