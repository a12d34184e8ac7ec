"""Who follows a user, and whom a user follows: the newest account first."""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from service.feed.cursor import Cursors
from service.feed.lists import before_id
from service.feed.models import AuthorCard, Page
from service.feed.ports import Deleted, Pages
from service.feed.users import read_profile

Side = Literal["followers", "following"]


class People(Protocol):
    """Lists of users, and their names."""

    async def ids_of(
        self, side: Side, user_id: int, before: int | None, limit: int
    ) -> Sequence[int]:
        """Ids of who follows the user, or of whom they follow, falling."""

    async def cards(self, user_ids: Sequence[int]) -> Mapping[int, AuthorCard]:
        """Names by user id; unknown ones are left out."""


async def read_people(
    handle: str,
    side: Side,
    cursor: str | None,
    limit: int,
    *,
    people: People,
    pages: Pages,
    deleted: Deleted,
    cursors: Cursors,
) -> Page[AuthorCard]:
    """Who follows a user, or whom they follow. Raises NotFound, Gone, BadCursor."""
    listing = f"users/{handle}/{side}"
    before = before_id(listing, cursor, cursors)
    profile = await read_profile(handle, pages=pages, deleted=deleted)
    ids = await people.ids_of(side, profile.id, before, limit + 1)
    # Who has left keeps a row, and so a card; the cursor goes by ids all the same.
    shown = ids[:limit]
    cards = await people.cards(shown)
    return Page(
        [cards[user_id] for user_id in shown if user_id in cards],
        cursors.encode(listing, shown[-1]) if len(ids) > limit else None,
    )
