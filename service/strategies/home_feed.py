"""The home feed of `layered`: pushed where that is cheap, pulled where it is not.

A timeline holds what was pushed: posts of authors with few followers. Authors with many are pulled
at each read, from lists that all their readers share; so is, until it was pushed, whatever fan-out
still owes (decision 0011). Both are merged by id.
"""

import asyncio
from collections.abc import Mapping, Sequence
from heapq import nlargest
from typing import Any

from service import keys
from service.feed.fan_out import Threshold
from service.feed.models import Post
from service.patterns.bounded_timeline import Page
from service.queries import fan_out, lists
from service.queries.read import ABOVE_ALL_IDS
from service.strategies.home_timelines import HomeTimelines
from service.strategies.kept import LIST_KEPT
from service.strategies.layers import Passthrough
from service.strategies.stack import Stack
from service.strategies.tools import Tools

# More than that many authors owed: fan-out is down, and every feed is asked of the database.
OWED_MOST = 1_000
# More than that many authors above the threshold: it is too low, and the same is done.
HEAVY_MOST = 10_000
# As long a reader waits for a rebuild; then a page comes from the database, and says so.
REBUILD_WAIT_S = 0.25


class HomeFeed:
    """Ids of home feeds, from timelines and from `authors`: the newest ids of each author."""

    def __init__(self, tools: Tools, authors: Stack[list[int]]) -> None:
        self.engine = tools.engine
        self.authors = authors
        self.timelines = HomeTimelines(tools)
        self._tools = tools
        self._threshold = Threshold(tools.push_below)
        self._followed: Stack[list[int]] = tools.stack(keys.FEED, list[int])
        self._heavy: Stack[list[int]] = tools.stack(keys.HEAVY, list[int])
        self._owed: Stack[list[int]] = tools.stack(keys.OWED, list[int])
        site = tools.site(keys.TIMELINE, list[int])
        # Nothing is kept in its slots: it is there for one rebuild a process, bounded and counted.
        self._whole: Stack[Any] = tools.stacked(
            site, shared=Passthrough(), flight=tools.plan.flight(site)
        )

    async def of(self, reader_id: int) -> "ReadHome":
        """One reader's feed, to be read now."""
        if self._tools.breaker.refuses:  # no cache to ask: one statement, not five
            return ReadHome(self, reader_id, None, ())
        # Before the timeline is read: what is no longer owed by now was pushed to it before.
        followed, heavy, owed = await asyncio.gather(
            self._followed.get(reader_id, lambda: lists.followee_ids(self.engine, reader_id)),
            self._heavy.get("authors", self._load_heavy),
            self._owed.get("feeds", lambda: fan_out.owed(self.engine, OWED_MOST + 1)),
        )
        if len(owed) > OWED_MOST or len(heavy) > HEAVY_MOST:
            return ReadHome(self, reader_id, None, ())
        followees = frozenset(followed)
        return ReadHome(self, reader_id, followees, tuple(followees & {*heavy, *owed}))

    async def _load_heavy(self) -> list[int]:
        return await fan_out.heavy(self.engine, self._threshold.pulled_above, HEAVY_MOST + 1)

    async def rebuilt(self, reader_id: int) -> bool:
        """Make an absent timeline; False when that takes too long, or others are at it."""

        async def load(limit: int) -> list[int]:
            return await self.from_database(reader_id, None, limit)

        async def rebuild() -> bool:
            return await self.timelines.rebuild(reader_id, load)

        key = keys.TIMELINE.key(reader_id)
        try:
            with self._tools.observer.waiting(key):
                async with asyncio.timeout(REBUILD_WAIT_S):
                    is_made: bool = await self._whole.flight.get(key, rebuild)
                    return is_made
        except Exception:  # noqa: BLE001 - not made, for whatever reason: the database has it all
            return False

    async def from_database(self, reader_id: int, before: int | None, limit: int) -> list[int]:
        """A part of the feed, from the rows."""
        ids: list[int] = await self._whole.beyond(
            reader_id, lambda: lists.home_ids(self.engine, reader_id, before, limit)
        )
        return ids

    async def follow_changed(self, reader_id: int) -> None:
        """Forget whom the reader follows; fan-out owes them a change."""
        await self._followed.invalidate(reader_id)
        await self.owes()

    async def owes(self) -> None:
        """Forget what fan-out owes: it owes more since."""
        await self._owed.invalidate("feeds")

    async def weights_changed(self) -> None:
        """Forget who is pulled."""
        await self._heavy.invalidate("authors")


class ReadHome:
    """One reader's feed while one page of it is put together.

    `followees` is whom they follow, None where nobody knows but the database, which then is asked
    for the posts as well; `pulled` are those of them whose posts are not in the timeline, or may
    not be yet.
    """

    def __init__(
        self,
        feed: HomeFeed,
        reader_id: int,
        followees: frozenset[int] | None,
        pulled: Sequence[int],
    ) -> None:
        self.is_rebuilding = False
        self._feed = feed
        self._reader_id = reader_id
        self._followees = followees
        self._pulled = pulled
        self._is_pushed = followees is not None

    def shows(self, post: Post) -> bool:
        """Whether the author is followed still: the timeline of one who is not is cleaned later."""
        return self._followees is None or post.author.id in self._followees

    async def below(self, before: int | None, limit: int) -> Sequence[int]:
        """Up to `limit` ids below `before`, newest first; fewer only at the feed's end."""
        page = await self._timeline(before, limit) if self._is_pushed else None
        if page is not None:
            pulled = await self._feed.authors.get_many(self._pulled, self._load_lists)
            merged = merge(page, pulled, before, limit)
            if merged is not None:
                return merged
        return await self._feed.from_database(self._reader_id, before, limit)

    async def _timeline(self, before: int | None, limit: int) -> Page | None:
        timelines = self._feed.timelines
        try:
            page = await timelines.page(self._reader_id, before, limit)
            if page is None and await self._feed.rebuilt(self._reader_id):
                page = await timelines.page(self._reader_id, before, limit)
            self.is_rebuilding = page is None
        except Exception:  # noqa: BLE001 - whatever a client raises, the cache is not there
            page = None
        self._is_pushed = page is not None
        return page

    async def _load_lists(self, author_ids: Sequence[int]) -> Mapping[int, list[int]]:
        return await lists.newest_of(self._feed.engine, author_ids, LIST_KEPT)


def merge(
    page: Page, pulled: Mapping[int, Sequence[int]], before: int | None, limit: int
) -> list[int] | None:
    """The newest ids of all lists, each once; None where a list ends too early to tell.

    Nothing is known of what is older than the last id of a list that was cut off there: an id may
    be shown only while every list reaches down to it, or the cursor would skip what is missing.
    """
    ids = set(page.ids).union(*pulled.values())
    part = nlargest(limit, ids if before is None else (each for each in ids if each < before))
    ends = [list_[-1] for list_ in pulled.values() if len(list_) >= LIST_KEPT]
    if page.older != "nowhere":
        ends.append(page.ids[-1] if page.ids else ABOVE_ALL_IDS)
    if not ends or (len(part) == limit and part[-1] >= max(ends)):
        return part
    return None
