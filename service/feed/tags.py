"""Tags: the most used, one, and what is trending."""

from collections.abc import Sequence
from typing import Protocol

from service.feed.cursor import Cursors
from service.feed.errors import NotFound
from service.feed.models import Page
from service.feed.places import RankedTag, Tag


class Tags(Protocol):
    """What is known of tags."""

    async def tag(self, name: str) -> Tag | None:
        """One tag; None for an unknown one."""

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
    rest = [tag for tag in ranking if keys is None or (tag.posts, tag.id) < keys]
    last = rest[limit - 1] if len(rest) > limit else None
    shown = [Tag(tag.name, tag.posts) for tag in rest[:limit]]
    return Page(shown, cursors.encode("tags", last.posts, last.id) if last else None)


async def read_trending_tags(limit: int, *, tags: Tags) -> Page[Tag]:
    """The hottest tags; one page, no cursor."""
    return Page([Tag(tag.name, tag.posts) for tag in (await tags.trending())[:limit]], None)
