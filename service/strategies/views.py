"""Views of posts, taken from whoever shows one, and counted beside the requests."""

import asyncio
from hashlib import blake2b

from service import keys
from service.patterns.ttl import fixed
from service.strategies.tools import Tools
from service.strategies.view_counts import View

# Counted together: one round trip for what was shown within a moment.
GATHER_S = 0.05
AT_ONCE = 200
# More than can be counted is not counted: a view is not worth the memory of a process.
MOST_WAITING = 10_000
MOST_KNOWN = 50_000
VIEWER_BYTES = 8
CLOSE_S = 1.0


class PostViews:
    """Remembers whom it saw this hour, so that the same reader costs nothing again."""

    def __init__(self, tools: Tools) -> None:
        self._counts = tools.plan.views(tools)
        self._now = tools.now
        self._hour_s = tools.scaled(fixed(keys.VIEWED.ttl_s))(None) or 0
        self._event = tools.observer.event
        self._known: set[View] = set()
        self._waiting: list[View] = []
        self._counting: asyncio.Task[None] | None = None
        tools.owned(self)

    def seen(self, post_id: int, viewer: str) -> None:
        """Note a view; it is counted in a moment, by a task of its own."""
        hour = int(self._now().timestamp() // self._hour_s)
        digest = blake2b(viewer.encode(), digest_size=VIEWER_BYTES).digest()
        view = View(post_id, hour, digest)
        if view in self._known or len(self._waiting) >= MOST_WAITING:
            return
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()  # they are asked again: Redis knows them
        self._known.add(view)
        self._waiting.append(view)
        if self._counting is None or self._counting.done():
            self._counting = asyncio.create_task(self._count_soon(), name="views")

    async def flush(self) -> None:
        """Write what is counted to the database."""
        await self._counts.flush()

    async def aclose(self) -> None:
        """Count what still waits."""
        if self._counting is not None:
            await asyncio.wait([self._counting], timeout=CLOSE_S)
            self._counting.cancel()

    async def _count_soon(self) -> None:
        while self._waiting:
            await asyncio.sleep(GATHER_S)
            await self._count_waiting()

    async def _count_waiting(self) -> None:
        while self._waiting:
            part, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
            try:
                await self._counts.count(part)
            except Exception as error:  # noqa: BLE001 - whatever fails, a view is no reason to
                self._known.difference_update(part)
                self._event("views_lost", views=len(part), error=error)
