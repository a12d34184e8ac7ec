"""Tags: the most used, one, and what is trending."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from service.feed.assemble import first_of
from service.feed.cursor import Cursors
from service.feed.errors import NotFound
from service.feed.models import Page


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag, and how many posts that stand have it."""

    name: str
    posts: int


@dataclass(frozen=True, slots=True)
class RankedTag:
    """One place in a ranking of tags; ties are broken by the newer id.

    `points` are what it is ranked by, as of the ranking's making: posts, or heat.
    """

    id: int
    name: str
    points: int


class Tags(Protocol):
    """What is known of tags. Rankings may be a while old; how many posts a tag has is not."""

    async def tag(self, name: str) -> Tag | None:
        """One tag; None for an unknown one."""

    async def tags(self, names: Sequence[str]) -> Mapping[str, Tag]:
        """Tags by name; unknown ones are left out."""

    async def most_used(self) -> Sequence[RankedTag]:
        """By the number of posts, most first."""

    async def trending(self) -> Sequence[RankedTag]:
        """What draws votes and comments now, hottest first."""


async def read_tag(name: str, *, tags: Tags) -> Tag:
    """One tag. Raises NotFound."""
    tag = await tags.tag(name)
    if tag is None:
        raise NotFound(f"there is no tag {name}")
    return tag


async def read_most_used(
    cursor: str | None, limit: int, *, tags: Tags, cursors: Cursors
) -> Page[Tag]:
    """The most used tags; the list moves, and one can come again. Raises BadCursor."""
    keys = cursors.decode("tags", cursor, keys=2)
    ranking = await tags.most_used()
    rest = [place for place in ranking if keys is None or (place.points, place.id) < keys]
    found = await first_of(rest, partial(_in_use, tags), limit + 1)
    last = found[limit - 1][0] if len(found) > limit else None
    shown = [tag for _, tag in found[:limit]]
    return Page(shown, cursors.encode("tags", last.points, last.id) if last else None)


async def read_trending_tags(limit: int, *, tags: Tags) -> Page[Tag]:
    """The hottest tags; one page, no cursor."""
    found = await first_of(await tags.trending(), partial(_in_use, tags), limit)
    return Page([tag for _, tag in found], None)


async def _in_use(tags: Tags, places: Sequence[RankedTag]) -> list[tuple[RankedTag, Tag]]:
    """Those that some post has by now, each with the number of its posts."""
    found = await tags.tags([place.name for place in places])
    return [
        (place, found[place.name])
        for place in places
        if place.name in found and found[place.name].posts
    ]
