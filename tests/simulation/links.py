"""A subscriber's connection: messages arrive in the order of their publishing, or never."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, TypeAlias

from redis.exceptions import ConnectionError as Disconnected

from tests.simulation.lanes import Lane
from tests.simulation.scheduler import Scheduler
from tests.simulation.trace import Trace, heard

Message: TypeAlias = dict[str, Any]


class Link:
    """Both ends of it."""

    def __init__(
        self, loop: Scheduler, lane: Lane, trip_s: Callable[[], float], trace: Trace
    ) -> None:
        self.lane = lane
        self.channels: set[bytes] = set()
        self.broken = False  # closed by either end
        self.hung = False  # the way is gone, and neither end knows
        self._loop = loop
        self._trip_s = trip_s
        self._trace = trace
        self._under_way: deque[Message] = deque()
        self._heard: deque[Message] = deque()
        self._reset = False  # the client has heard that it is broken
        self._waiter: asyncio.Future[None] | None = None

    def push(self, kind: str, channel: bytes, data: bytes | int) -> None:
        """Send one message to the client."""
        if self.broken or self.hung:
            return
        self._under_way.append({"type": kind, "pattern": None, "channel": channel, "data": data})
        # Each arrival delivers the oldest that is under way: they cannot overtake each other.
        self._loop.arrive(self.lane, self._trip_s(), self._arrived)

    def cut(self) -> None:
        """Break it; what is under way is lost."""
        self.broken = True
        self._under_way.clear()
        self._loop.arrive(self.lane, self._trip_s(), self._was_cut)

    async def next(self, timeout_s: float) -> Message | None:
        """The next message, or `None` after a while. Raises what redis-py raises."""
        if not self._heard and not self._reset:
            self._waiter = self._loop.create_future()
            timer = self._loop.call_later(timeout_s, self._wake)
            try:
                await self._waiter
            finally:
                timer.cancel()
                self._waiter = None
        if self._heard:
            return self._heard.popleft()
        if not self._reset:
            return None
        raise Disconnected("The subscription was reset.")

    def _arrived(self) -> None:
        if self._under_way:
            message = self._under_way.popleft()
            self._trace(self.lane.name, lambda: heard(message["type"], message["data"]))
            self._heard.append(message)
            self._wake()

    def _was_cut(self) -> None:
        self._reset = True
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
