"""Users in lists: whom somebody follows, and who follows them, as ids; and their names."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from service import keys
from service.feed.followers import Side
from service.feed.models import AuthorCard
from service.queries import people
from service.strategies.cards import AuthorCards
from service.strategies.invalidation import of_kind
from service.strategies.kept import page_of
from service.strategies.outdated import FeedsOfFollowers, Outdated
from service.strategies.stack import Stack
from service.strategies.tools import Tools


class People:
    """One entry a list, in all strategies; `cards` are the names that pages show as well."""

    def __init__(self, tools: Tools, cards: AuthorCards) -> None:
        self._engine: AsyncEngine = tools.engine
        self._cards = cards
        self._lists: dict[Side, Stack[list[int]]] = {
            "followers": tools.stack(keys.FOLLOWERS, list[int]),
            "following": tools.stack(keys.FOLLOWING, list[int]),
        }

    async def ids_of(
        self, side: Side, user_id: int, before: int | None, limit: int
    ) -> Sequence[int]:
        """Ids of who stands on that side of the user, the newest account first."""
        return await page_of(
            self._lists[side],
            user_id,
            lambda before, limit: people.ids_of(self._engine, side, user_id, before, limit),
            before=before,
            limit=limit,
            id_of=int,
        )

    async def cards(self, user_ids: Sequence[int]) -> Mapping[int, AuthorCard]:
        """Names by user id; unknown ones are left out."""
        return await self._cards.of(user_ids)

    async def drop(self, entries: Sequence[Outdated | FeedsOfFollowers]) -> None:
        """Forget lists."""
        for stack in self._lists.values():
            await stack.invalidate(*of_kind(entries, stack.kind))
