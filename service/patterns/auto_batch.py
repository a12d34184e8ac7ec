# SPDX-License-Identifier: MIT
"""Auto-batching: the GETs that one turn of the event loop asks for become one MGET.

Closes: a round trip and a wake-up for each of the many small reads of a busy process.
Race (why the batch is a task of its own):
    1. A asks for key a, B for key b, in the same turn; one MGET is sent for both
    2. A's client hangs up. Were the MGET run by A, its cancellation would fail B as well, and cut
       a connection in the middle of a reply: redis-py has to close it, and connects anew
``Merged`` does the same for any read of many keys, such as a script.
Does not: wait. A lone GET stays a GET and is sent in the next turn; only what is asked for
    meanwhile shares it. On a cluster it is an MGET per slot, in a pipeline per node: not atomic.
    Cost: a task per batch, some 20 microseconds for a lone key, less than nothing for five.
Use:
    >>> async def main() -> list[bytes | None]:
    ...     async with Redis.from_url(REDIS_URL) as redis:
    ...         await redis.set("batch:{1}", b"one", px=60_000)
    ...         batch = AutoBatch(redis)
    ...         return await asyncio.gather(batch.get("batch:{1}"), batch.get("batch:{2}"))
    >>> asyncio.run(main())
    [b'one', None]

Source: DataLoader (Facebook, 2015); redis.io, "Redis pipelining".
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Generic, TypeAlias, TypeVar, cast

from redis.asyncio import Redis

V = TypeVar("V")
Call: TypeAlias = tuple[Sequence[str], asyncio.Future[list[V]]]


def _silent(_event: str, **_details: object) -> None:
    """Count nothing."""


class Merged(Generic[V]):
    """The calls of ``read`` that one turn asks for become one, for at most ``most`` keys.

    ``read(keys)`` gives a value for each, in order. A longer command would hold up the server, and
    every other client, for too long. ``observe`` gets ``batch`` with ``size``, the number of
    different keys.
    """

    def __init__(
        self,
        read: Callable[[Sequence[str]], Awaitable[Sequence[V]]],
        *,
        most: int = 512,
        observe: Callable[..., None] = _silent,
    ) -> None:
        self._read = read
        self._most = most
        self._observe = observe
        # The calls of this turn, until their batch is sent; None when no batch is waiting.
        self._calls: list[Call[V]] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def get_many(self, keys: Sequence[str]) -> list[V]:
        """Return what is read at each of ``keys``, in order."""
        return await self._ask(keys) if keys else []

    async def aclose(self) -> None:
        """Cancel the batches under way, and with them the calls that wait for them."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _ask(self, keys: Sequence[str]) -> asyncio.Future[list[V]]:
        # A future for each call, also when two ask for the same key: a cancelled caller cancels
        # its own and nobody else's.
        mine: asyncio.Future[list[V]] = asyncio.get_running_loop().create_future()
        if self._calls is None:
            self._calls = []
            # The task starts when everything that is ready now has run: that is the turn.
            task = asyncio.create_task(self._send(self._calls))
            self._tasks.add(task)
            task.add_done_callback(partial(self._end, self._calls))
        self._calls.append((keys, mine))
        return mine

    async def _send(self, calls: list[Call[V]]) -> None:
        self._calls = None  # who asks from now on is in the next batch
        try:
            keys = list(dict.fromkeys(key for asked, _waiter in calls for key in asked))
            self._observe("batch", size=len(keys))
            found = dict(zip(keys, await self._in_parts(keys), strict=True))
            for asked, waiter in calls:
                if not waiter.done():
                    waiter.set_result([found[key] for key in asked])
        except Exception as error:  # noqa: BLE001 - not swallowed: it goes to all who wait
            for _asked, waiter in calls:
                if not waiter.done():
                    waiter.set_exception(error)

    def _end(self, calls: list[Call[V]], task: asyncio.Task[None]) -> None:
        # After aclose() a batch can end before it began: nobody may be left waiting for it.
        self._tasks.discard(task)
        if self._calls is calls:
            self._calls = None
        for _asked, waiter in calls:
            waiter.cancel()  # does nothing to those that were answered

    async def _in_parts(self, keys: list[str]) -> Sequence[V]:
        if len(keys) <= self._most:
            return await self._read(keys)
        chunks = [keys[i : i + self._most] for i in range(0, len(keys), self._most)]
        parts = await asyncio.gather(*map(self._read, chunks))
        return [value for part in parts for value in part]


class AutoBatch(Merged[bytes | None]):
    """GETs through one client, merged."""

    def __init__(
        self, redis: Redis, *, most: int = 512, observe: Callable[..., None] = _silent
    ) -> None:
        super().__init__(self._get_or_mget, most=most, observe=observe)
        self._redis = redis
        # A cluster client's own MGET refuses keys of several slots; this one splits them.
        self._mget = getattr(redis, "mget_nonatomic", redis.mget)

    async def get(self, key: str) -> bytes | None:
        """Return the bytes at ``key``."""
        return (await self._ask((key,)))[0]

    async def _get_or_mget(self, keys: Sequence[str]) -> Sequence[bytes | None]:
        if len(keys) == 1:
            return [cast("bytes | None", await self._redis.get(keys[0]))]
        return cast("list[bytes | None]", await self._mget(keys))
