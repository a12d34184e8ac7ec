"""Who follows a user, and whom a user follows: the newest account first."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from service.feed.cursor import Cursors
from service.feed.lists import before_id
from service.feed.models import AuthorCard, Page
from service.feed.ports import Deleted, Pages
from service.feed.users import read_profile


class People(Protocol):
    """Lists of users, and their names."""

    async def followers(self, user_id: int, before: int | None, limit: int) -> Sequence[int]:
        """Ids of who follows the user, falling."""

    async def following(self, user_id: int, before: int | None, limit: int) -> Sequence[int]:
        """Ids of whom the user follows, falling."""

    async def cards(self, user_ids: Sequence[int]) -> Mapping[int, AuthorCard]:
        """Names by user id; unknown ones are left out."""


async def read_followers(
    handle: str,
    cursor: str | None,
    limit: int,
    *,
    people: People,
    pages: Pages,
    deleted: Deleted,
    cursors: Cursors,
) -> Page[AuthorCard]:
    """Who follows a user. Raises NotFound, Gone, BadCursor."""
    listing = f"users/{handle}/followers"
    before = before_id(listing, cursor, cursors)
    profile = await read_profile(handle, pages=pages, deleted=deleted)
    ids = await people.followers(profile.id, before, limit + 1)
    return await _named(ids, limit, listing, people, cursors)


async def read_following(
    handle: str,
    cursor: str | None,
    limit: int,
    *,
    people: People,
    pages: Pages,
    deleted: Deleted,
    cursors: Cursors,
) -> Page[AuthorCard]:
    """Whom a user follows. Raises NotFound, Gone, BadCursor."""
    listing = f"users/{handle}/following"
    before = before_id(listing, cursor, cursors)
    profile = await read_profile(handle, pages=pages, deleted=deleted)
    ids = await people.following(profile.id, before, limit + 1)
    return await _named(ids, limit, listing, people, cursors)


async def _named(
    ids: Sequence[int], limit: int, listing: str, people: People, cursors: Cursors
) -> Page[AuthorCard]:
    # Who has left keeps a row, and so a card; the cursor goes by ids all the same.
    shown = ids[:limit]
    cards = await people.cards(shown)
    return Page(
        [cards[user_id] for user_id in shown if user_id in cards],
        cursors.encode(listing, shown[-1]) if len(ids) > limit else None,
    )
