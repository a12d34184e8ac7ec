"""Tags: each an entry, and two rankings that are computed anew when their soft life is over."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from service import keys
from service.feed.tags import RankedTag, Tag
from service.queries import tags
from service.strategies.invalidation import of_kind
from service.strategies.outdated import FeedsOfFollowers, Outdated
from service.strategies.stack import Stack
from service.strategies.tools import Tools


class Tags:
    """One entry a tag and a ranking, in all strategies."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._engine: AsyncEngine = tools.engine
        self._now = tools.now
        self._tags: Stack[Tag | None] = tools.stack(keys.TAG, Tag | None)
        self._rankings: Stack[list[RankedTag]] = tools.stack(keys.TAGS, list[RankedTag])

    async def tag(self, name: str) -> Tag | None:
        """One tag; None for an unknown one."""

        async def load() -> Tag | None:
            return (await self._load([name]))[name]

        return await self._tags.get(name, load)

    async def tags(self, names: Sequence[str]) -> Mapping[str, Tag]:
        """Tags by name; unknown ones are left out."""
        found = await self._tags.get_many(names, self._load)
        return {name: tag for name, tag in found.items() if tag is not None}

    async def most_used(self) -> Sequence[RankedTag]:
        """By the number of posts that stand."""
        return await self._rankings.get("used", lambda: tags.most_used(self._engine))

    async def trending(self) -> Sequence[RankedTag]:
        """What draws votes and comments now, hottest first."""
        return await self._rankings.get(
            "trending", lambda: tags.trending(self._engine, self._now())
        )

    async def drop(self, entries: Sequence[Outdated | FeedsOfFollowers]) -> None:
        """Forget tags; rankings go by time, where there is any."""
        for stack in (self._tags, self._rankings):
            expires = self._tools.expires(stack.kind)
            await stack.invalidate(*of_kind(entries, stack.kind, expires=expires))

    async def _load(self, names: Sequence[str]) -> Mapping[str, Tag | None]:
        found = await tags.tags_named(self._engine, names)
        return {name: found.get(name) for name in names}
