"""Where views of posts are counted: in Redis and written behind, or in the database at once."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple, cast

from sqlalchemy.ext.asyncio import AsyncEngine

from service import keys
from service.patterns.ttl import fixed
from service.patterns.write_behind_counter import WriteBehindCounter
from service.queries import views
from service.strategies.tools import Tools


class View(NamedTuple):
    """Somebody looked at a post within an hour."""

    post_id: int
    hour: int
    viewer: bytes


class WrittenBehind:
    """Redis says who is new to a post this hour, and holds the sums until they are flushed.

    The sets of viewers are many and small, so that each is kept as a list; they end with the hour.
    """

    def __init__(self, tools: Tools) -> None:
        self._engine: AsyncEngine = tools.engine
        self._redis = tools.redis
        self._viewed_ms = round((tools.scaled(fixed(keys.VIEWED.ttl_s))(None) or 0) * 1000)
        self._sums = WriteBehindCounter(
            tools.redis,
            name=keys.VIEWS.key("posts"),
            ttl_s=tools.scaled(fixed(keys.VIEWS.ttl_s))(None) or 0,
        )

    async def count(self, seen: Sequence[View]) -> None:
        """Count those that are new."""
        pipe = self._redis.pipeline(transaction=False)
        for view in seen:
            key = keys.VIEWED.key(f"{view.post_id}:{view.hour}")
            pipe.sadd(key, view.viewer)
            pipe.pexpire(key, self._viewed_ms, nx=True)
        is_new = cast("list[int]", (await pipe.execute())[::2])
        new = Counter(view.post_id for view, added in zip(seen, is_new, strict=True) if added)
        for post_id, n in new.items():
            await self._sums.add(str(post_id), n)

    async def flush(self) -> None:
        """Add the sums to the posts; what a flusher that died had begun is finished first."""
        await self._sums.flush(partial(views.add_batch, self._engine))


class AtOnce:
    """A statement for what is shown within a moment; that it is new, only this process knows."""

    def __init__(self, tools: Tools) -> None:
        self._engine: AsyncEngine = tools.engine

    async def count(self, seen: Sequence[View]) -> None:
        """Count all of them."""
        await views.add(self._engine, Counter(view.post_id for view in seen))

    async def flush(self) -> None:
        """Nothing waits."""
