"""Names: one entry a user, shared by all that shows whom something is from."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from service import keys
from service.feed.models import AuthorCard
from service.queries import posts
from service.strategies.stack import Stack
from service.strategies.tools import Tools


class AuthorCards:
    """The one stack of cards in a process: a second would be a second near cache of the same."""

    def __init__(self, tools: Tools) -> None:
        self._engine: AsyncEngine = tools.engine
        self._cards: Stack[AuthorCard | None] = tools.stack(keys.CARD, AuthorCard | None)

    async def of(self, user_ids: Collection[int]) -> Mapping[int, AuthorCard]:
        """Names by user id; unknown ones are left out."""
        if not user_ids:
            return {}
        cards = await self._cards.get_many(list(user_ids), self._load)
        return {user_id: card for user_id, card in cards.items() if card is not None}

    async def invalidate(self, user_id: int | str) -> None:
        """Forget one."""
        await self._cards.invalidate(user_id)

    async def _load(self, ids: Sequence[int]) -> Mapping[int, AuthorCard | None]:
        found = await posts.cards_by_ids(self._engine, ids)
        return {user_id: found.get(user_id) for user_id in ids}
