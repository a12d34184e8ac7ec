"""Timelines of home feeds: the newest ids of each reader who was here in the last two weeks."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence

from service import keys
from service.patterns.bounded_timeline import BoundedTimeline, Page
from service.patterns.ttl import fixed
from service.strategies.tools import Tools

# Six pages; who reads further asks the database. With the marker, and one id while it is pushed,
# fewer than the 128 members up to which a sorted set is stored compactly (a listpack).
TIMELINE_KEPT = 120
# A load of all ids for somebody who follows thousands, behind a full bulkhead.
REBUILD_S = 10.0
# A life counts from the last read, told to the server once in so many parts of it.
PARTS_OF_A_LIFE = 14
READERS_KNOWN = 10_000  # in one process; who is forgotten is prolonged once more


class HomeTimelines:
    """A bounded timeline for each reader, named after the threshold under which it is pushed to.

    With another threshold other authors are pushed: none of its processes may read these.
    """

    def __init__(self, tools: Tools, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._life_s = tools.scaled(fixed(keys.TIMELINE.ttl_s))(None) or 0.0
        self._kept = BoundedTimeline(
            tools.redis,
            ttl_s=self._life_s,
            most=TIMELINE_KEPT,
            rebuild_s=REBUILD_S,
            observe=tools.site(keys.TIMELINE, list[int]).observe("l2"),
        )
        self._threshold = tools.push_below
        self._clock = clock
        self._prolonged: OrderedDict[int, float] = OrderedDict()
        tools.holds(keys.TIMELINE, self._expire)

    def owner(self, reader_id: int) -> str:
        """Whose timeline it is, as a key."""
        return keys.TIMELINE.key(f"{reader_id}:{self._threshold}")

    async def page(self, reader_id: int, before: int | None, limit: int) -> Page | None:
        """Ids below `before`; None without a timeline. A read of the beginning prolongs it."""
        page = await self._kept.page(self.owner(reader_id), before=before, limit=limit)
        if page is not None and before is None and self._is_due(reader_id):
            await self._kept.prolong(self.owner(reader_id))
        return page

    async def rebuild(
        self, reader_id: int, load: Callable[[int], Awaitable[Sequence[int]]]
    ) -> bool:
        """Make it of what is loaded; False, without a load, while another one does."""
        return await self._kept.rebuild_alone(self.owner(reader_id), load) is not None

    async def push(self, reader_ids: Sequence[int], *post_ids: int) -> int:
        """Add posts for those of the readers who have a timeline; how many these are."""
        return await self._kept.push([self.owner(each) for each in reader_ids], *post_ids)

    async def remove(self, reader_ids: Sequence[int], *post_ids: int) -> int:
        """Take posts out again."""
        return await self._kept.remove([self.owner(each) for each in reader_ids], *post_ids)

    async def drop(self, reader_id: int) -> None:
        """Forget a timeline: the next read rebuilds it."""
        await self._kept.invalidate(self.owner(reader_id))

    async def _expire(self, entry: int | str) -> None:
        await self.drop(keys.numbered(str(entry).partition(":")[0]))

    def _is_due(self, reader_id: int) -> bool:
        now_s = self._clock()
        last_s = self._prolonged.get(reader_id)
        if last_s is not None and now_s - last_s < self._life_s / PARTS_OF_A_LIFE:
            return False
        self._prolonged[reader_id] = now_s
        self._prolonged.move_to_end(reader_id)
        if len(self._prolonged) > READERS_KNOWN:
            self._prolonged.popitem(last=False)
        return True
