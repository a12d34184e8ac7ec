# SPDX-License-Identifier: MIT
"""Bulkhead: at most N loads at once in a process; a short queue; then ``Overloaded``.

Closes: the cache that falls and takes the database with it (load shedding).
Race (the metastable failure):
    1. the cache is flushed; every read becomes a load, more than the database can do
    2. loads queue up and become slow; clients time out and ask again
    3. the loads that were given up go on, the new ones queue behind: the cause is gone, the
       overload stays. With N loads and a bounded queue the work begun is always finished
Does not: make anything faster, share a limit between processes (P processes make P times N), or
    notice that a load asks for another through the same bulkhead: N of these wait for each other.
Use:
    >>> async def load_post() -> str:
    ...     return "hello"
    >>> async def main() -> str:
    ...     return await Bulkhead(8, wait_s=0.5).get("example:{42}", load_post)
    >>> asyncio.run(main())
    'hello'

Source: M. Nygard, "Release It!", Bulkheads; "Metastable Failures in Distributed Systems"
    (HotOS 2021); AWS Builders' Library, "Using load shedding to avoid overload".
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from typing import TypeVar

V = TypeVar("V")


def _silent(_event: str, **_details: object) -> None:
    """Count nothing."""


class Overloaded(Exception):
    """No slot came free in time. Ask again after ``retry_after_s`` seconds (503, Retry-After)."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"All loads are taken; ask again in {retry_after_s:.1f} s.")
        self.retry_after_s = retry_after_s


class Bulkhead:
    """``limit`` slots for loads; make one per process and let all stacks share it.

    A caller waits at most ``wait_s`` for a slot, and not at all when the queue is already longer
    than that. ``within`` gives one kind of load a part of all: each takes a slot of that bulkhead,
    too, in what is left of the same wait. ``retry_after_s`` is spread up to twofold, so that those
    sent away do not come back together. ``observe`` gets ``queued`` and ``shed`` with ``key``.
    """

    def __init__(
        self,
        limit: int = 8,
        *,
        wait_s: float = 1.0,
        within: "Bulkhead | None" = None,
        retry_after_s: float = 1.0,
        rand: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
        observe: Callable[..., None] = _silent,
    ) -> None:
        if limit < 1:
            raise ValueError(f"A bulkhead needs at least one slot, not {limit}.")
        self._limit = limit
        self._wait_s = wait_s
        self._within = within
        self._retry_after_s = retry_after_s
        self._rand = rand
        self._clock = clock
        self._observe = observe
        self._busy = 0
        self._queue: deque[asyncio.Future[None]] = deque()
        self._mean_load_s = 0.0

    async def get(self, key: str, load: Callable[[], Awaitable[V]]) -> V:
        """Load in a slot. Raises ``Overloaded`` when none comes free in time."""
        async with self._slot(key):
            return await load()

    async def get_many(
        self,
        keys: Sequence[str],
        load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, V]]],
    ) -> dict[str, V]:
        """Load all keys in one slot: it is one query. Raises ``Overloaded``."""
        wanted = list(dict.fromkeys(keys))
        if not wanted:
            return {}
        async with self._slot(wanted[0]):
            values = await load_many(wanted)
            return {key: values[key] for key in wanted}

    async def invalidate(self, *keys: str) -> None:
        """Do nothing: a bulkhead keeps no values."""

    @asynccontextmanager
    async def _slot(self, key: str, until_s: float | None = None) -> AsyncIterator[None]:
        # A slot that comes free goes straight to the queue, so a free one means that none waits:
        # nobody is overtaken.
        until_s = self._clock() + self._wait_s if until_s is None else until_s
        if self._busy < self._limit:
            self._busy += 1
        else:
            await self._queue_up(key, until_s - self._clock())
        taken_s = self._clock()
        try:
            async with self._within._slot(key, until_s) if self._within else nullcontext():
                try:
                    yield
                finally:
                    # A moving mean over some ten loads: recent enough to follow a database that
                    # slows. Who was sent away within loaded nothing, and is not among them.
                    self._mean_load_s += (self._clock() - taken_s - self._mean_load_s) / 10
        finally:
            self._leave()

    async def _queue_up(self, key: str, wait_s: float) -> None:
        expected_s = (len(self._queue) + 1) * self._mean_load_s / self._limit
        if expected_s > wait_s:
            # Waiting first and failing then would only hold the client and its memory.
            raise self._overloaded(key)
        self._observe("queued", key=key)
        place = asyncio.get_running_loop().create_future()
        self._queue.append(place)
        try:
            async with asyncio.timeout(wait_s):
                await place
        except BaseException as error:
            if place.done() and not place.cancelled():
                self._leave()  # the slot became ours in this very turn: pass it on
            elif place in self._queue:
                self._queue.remove(place)
            if isinstance(error, TimeoutError):
                raise self._overloaded(key) from None
            raise

    def _leave(self) -> None:
        """Give the slot to who has waited longest, else set it free."""
        while self._queue:
            place = self._queue.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._busy -= 1

    def _overloaded(self, key: str) -> Overloaded:
        self._observe("shed", key=key)
        return Overloaded(self._retry_after_s * (1 + self._rand()))
