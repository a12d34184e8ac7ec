"""Lists of posts over all authors, as ids: the newest, the hottest, the best of a window by tag.

What changes by inserts alone (the newest) is kept until somebody publishes. What moves with every
vote (hot) or with time (the best of a window) is computed anew when its soft life is over.
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from service import keys
from service.feed.assemble import further
from service.feed.models import Ranked, Window
from service.feed.post_orders import HotPlace
from service.queries import listings
from service.strategies.invalidation import of_kind
from service.strategies.kept import LIST_KEPT, page_of
from service.strategies.outdated import FeedsOfFollowers, Outdated
from service.strategies.stack import Stack
from service.strategies.tools import Tools


class Listings:
    """One entry a list and tag, in all strategies."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._engine: AsyncEngine = tools.engine
        self._now = tools.now
        self._newest: Stack[list[int]] = tools.stack(keys.NEW, list[int])
        self._hottest: Stack[list[HotPlace]] = tools.stack(keys.HOT, list[HotPlace])
        self._tops: Stack[list[Ranked]] = tools.stack(keys.TAG_TOP, list[Ranked])

    async def newest(self, tag: str | None, before: int | None, limit: int) -> Sequence[int]:
        """Ids older than `before`, newest first."""
        return await page_of(
            self._newest,
            tag or keys.ALL_POSTS,
            lambda before, limit: listings.newest(self._engine, tag, before, limit),
            before=before,
            limit=limit,
            id_of=int,
        )

    async def hottest(
        self, tag: str | None, after: HotPlace | None, limit: int
    ) -> Sequence[HotPlace]:
        """Places behind `after`, hottest first."""
        entry = tag or keys.ALL_POSTS
        kept = await self._hottest.get(
            entry, lambda: listings.hottest(self._engine, tag, None, LIST_KEPT)
        )
        part = kept if after is None else [each for each in kept if each.is_behind(after)]
        if len(part) >= limit or len(kept) < LIST_KEPT:
            return part[:limit]
        return await self._hottest.beyond(
            entry, lambda: listings.hottest(self._engine, tag, after, limit)
        )

    async def top_tagged(
        self, tag: str, window: Window, after: Ranked | None, limit: int
    ) -> Sequence[Ranked]:
        """Places behind `after`, best first."""
        ranking = await self._tops.get(
            f"{window}:{tag}", lambda: listings.top_tagged(self._engine, tag, window, self._now())
        )
        return further(ranking, after)[:limit]

    async def drop(self, entries: Sequence[Outdated | FeedsOfFollowers]) -> None:
        """Forget the newest, and those of a tag that a post has gained or lost.

        Otherwise what ranks goes by time, where there is any.
        """
        for stack in (self._newest, self._hottest, self._tops):
            expires = self._tools.expires(stack.kind)
            await stack.invalidate(*of_kind(entries, stack.kind, expires=expires))
