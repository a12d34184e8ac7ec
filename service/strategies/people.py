"""Users in lists: whom somebody follows, and who follows them, as ids; and their names."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from service import keys
from service.feed.models import AuthorCard
from service.queries import people, posts
from service.strategies.invalidation import Drops
from service.strategies.kept import page_of
from service.strategies.outdated import FeedsOfFollowers, Outdated
from service.strategies.stack import Stack
from service.strategies.tools import Tools


class People:
    """One entry a list and a name, in all strategies."""

    def __init__(self, tools: Tools) -> None:
        self._engine: AsyncEngine = tools.engine
        self._followers: Stack[list[int]] = tools.stack(keys.FOLLOWERS, list[int])
        self._following: Stack[list[int]] = tools.stack(keys.FOLLOWING, list[int])
        self._cards: Stack[AuthorCard | None] = tools.stack(keys.CARD, AuthorCard | None)

    async def followers(self, user_id: int, before: int | None, limit: int) -> Sequence[int]:
        """Ids of who follows the user, the newest account first."""
        return await page_of(
            self._followers,
            user_id,
            lambda before, limit: people.followers(self._engine, user_id, before, limit),
            before=before,
            limit=limit,
            id_of=int,
        )

    async def following(self, user_id: int, before: int | None, limit: int) -> Sequence[int]:
        """Ids of whom the user follows, the newest account first."""
        return await page_of(
            self._following,
            user_id,
            lambda before, limit: people.following(self._engine, user_id, before, limit),
            before=before,
            limit=limit,
            id_of=int,
        )

    async def cards(self, user_ids: Sequence[int]) -> Mapping[int, AuthorCard]:
        """Names by user id; unknown ones are left out."""
        if not user_ids:
            return {}
        cards = await self._cards.get_many(user_ids, self._load_cards)
        return {user_id: card for user_id, card in cards.items() if card is not None}

    async def drop(self, entries: Sequence[Outdated | FeedsOfFollowers]) -> None:
        """Forget lists and names."""
        for stack in (self._followers, self._following, self._cards):
            await stack.invalidate(
                *(
                    entry.entry
                    for entry in entries
                    if isinstance(entry, Outdated) and entry.kind is stack.kind
                )
            )

    async def _load_cards(self, ids: Sequence[int]) -> Mapping[int, AuthorCard | None]:
        found = await posts.cards_by_ids(self._engine, ids)
        return {user_id: found.get(user_id) for user_id in ids}


class Both:
    """An entry that two hold: pages beside what they show, and a part by itself."""

    def __init__(self, first: Drops, second: Drops) -> None:
        self._first, self._second = first, second

    async def drop(self, entries: Sequence[Outdated | FeedsOfFollowers]) -> None:
        """Let both forget, the second also where the first fails."""
        try:
            await self._first.drop(entries)
        finally:
            await self._second.drop(entries)
