"""Ids first: pages put together from small shared entries, and equal pages only once at a time."""

from collections.abc import Sequence

from service import keys
from service.feed.assemble import AssembledPages
from service.feed.models import Post, Ranked, Window
from service.feed.ports import RankedPost
from service.strategies.cached_records import CachedRecords
from service.strategies.layers import Layer
from service.strategies.outdated import FeedsOfFollowers, Outdated
from service.strategies.tools import Tools


class IdsFirstPages(AssembledPages):
    """Pages assembled from small cached entries.

    Lists that are the same for everybody are put together once for all who ask at that moment:
    a stampede is five hundred equal pages, not only five hundred equal loads.
    """

    def __init__(self, tools: Tools) -> None:
        cached = self._cached = CachedRecords(tools)
        super().__init__(cached, uncounted=AssembledPages(cached, cached.uncounted))
        self.discussions = self._cached.discussions
        self.cards = self._cached.cards
        self._outlined = AssembledPages(
            cached, cached.outlined, uncounted=AssembledPages(cached, cached.outlines.posts)
        )
        self._observer = tools.observer
        self._tops: Layer[list[RankedPost]] = tools.flight(keys.TOP)
        self._trending: Layer[list[Post]] = tools.flight(keys.TRENDING)
        self._writes = 0
        tools.wake.on_drop(self._count_write)
        for kind in (keys.TOP, keys.TRENDING, keys.POST, keys.COUNTS, keys.CARD):
            tools.holds(kind, self._expired)

    async def top(self, window: Window, after: Ranked | None, limit: int) -> list[RankedPost]:
        """The best of a window, by points."""
        page = f"top: {self._writes} {window} {after} {limit}"

        async def make() -> list[RankedPost]:
            fetch()
            with self._observer.telling(page):
                return await super(IdsFirstPages, self).top(window, after, limit)

        with self._observer.waiting(page), self._observer.joining(page) as fetch:
            return await self._tops.get(page, make)

    async def trending(self, limit: int) -> list[Post]:
        """What draws votes and comments now."""
        page = f"trending: {self._writes} {limit}"

        async def make() -> list[Post]:
            fetch()
            with self._observer.telling(page):
                return await super(IdsFirstPages, self).trending(limit)

        with self._observer.waiting(page), self._observer.joining(page) as fetch:
            return await self._trending.get(page, make)

    def outlined(self) -> AssembledPages:
        """Posts without the entries that hold their texts."""
        return self._outlined

    async def drop(self, entries: Sequence[Outdated | FeedsOfFollowers]) -> None:
        """Forget what is outdated; who reads after this write joins no page begun before it."""
        try:
            await self._cached.drop(entries)
        finally:
            self._count_write(None)

    async def _expired(self, _: int | str) -> None:
        self._count_write(None)

    def _count_write(self, _key: str | None) -> None:
        self._writes += 1
