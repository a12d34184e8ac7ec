"""Tags: each an entry, and two rankings that are computed anew when their soft life is over."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from service import keys
from service.feed.places import RankedTag, Tag
from service.queries import tags
from service.strategies.outdated import FeedsOfFollowers, Outdated
from service.strategies.stack import Stack
from service.strategies.tools import Tools


class Tags:
    """One entry a tag and a ranking, in all strategies."""

    def __init__(self, tools: Tools) -> None:
        self._engine: AsyncEngine = tools.engine
        self._now = tools.now
        self._tags: Stack[Tag | None] = tools.stack(keys.TAG, Tag | None)
        self._rankings: Stack[list[RankedTag]] = tools.stack(keys.TAGS, list[RankedTag])

    async def tag(self, name: str) -> Tag | None:
        """One tag; None for an unknown one."""

        async def load() -> Tag | None:
            return (await tags.tags_named(self._engine, [name])).get(name)

        return await self._tags.get(name, load)

    async def most_used(self) -> Sequence[RankedTag]:
        """By the number of posts that stand."""
        return await self._rankings.get("used", lambda: tags.most_used(self._engine))

    async def trending(self) -> Sequence[RankedTag]:
        """What draws votes and comments now, hottest first."""
        return await self._rankings.get(
            "trending", lambda: tags.trending(self._engine, self._now())
        )

    async def drop(self, entries: Sequence[Outdated | FeedsOfFollowers]) -> None:
        """Forget tags; rankings go by time."""
        await self._tags.invalidate(
            *(entry.entry for entry in entries if isinstance(entry, Outdated))
        )
