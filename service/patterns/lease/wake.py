# SPDX-License-Identifier: MIT
"""Wake: one subscriber per process that tells waiters here when a lease ended anywhere.

Closes: polling, where the wait is half an interval too long and the commands grow with the waiters.
Race (the lost message, and the order that closes it):
    1. waiter asks, somebody else holds the lease; the holder fills and publishes
    2. the message arrives before the waiter has registered: it would sleep its full time
  So: register, *then* re-check, then wait. What ends before the re-check is seen by it, what ends
  after it finds the waiter registered.
Does not: promise delivery. Pub/sub forgets what nobody hears, so each wait has an end (the caller
    polls), and after each reconnect all waiters re-check. Cost: one connection per process, never
    given back to the pool while open.
Use:
    >>> async def main() -> str:
    ...     async with Redis.from_url(REDIS_URL) as redis, Wake(redis) as wake:
    ...         with wake.listening(["example:{42}"]) as woken:
    ...             await redis.publish("lease", "filled example:{42}")
    ...             return await wake.wait(woken, 5.0)
    >>> asyncio.run(main())
    'push'

Source: redis.io, "Redis Pub/Sub" (delivery at most once); Redisson #1763 and #5070 (waiters that
    sleep their full time after a lost message).
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self

from redis.asyncio import Redis, RedisCluster

# Before the first attempt to link again; long enough not to spin when each link dies at once.
_FIRST_PAUSE_S = 0.01


def _silent(_event: str, **_details: object) -> None:
    """Count nothing."""


class Wake:
    """The subscriber; share one between all the leases of a process, and close it last.

    ``channel`` separates environments: pub/sub ignores database numbers. ``check_s`` is how long
    the link may be silent before it is tested. ``observe`` gets ``link_up`` and ``link_lost``.
    Give it a client that does not retry: redis-py would sleep before it tells of a new link.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        channel: str = "lease",
        check_s: float = 1.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        observe: Callable[..., None] = _silent,
    ) -> None:
        self.channel = channel
        self._redis = redis
        self._check_s = check_s
        self._sleep = sleep
        self._observe = observe
        # Of each key, in the order in which they came, which is the order they are woken in.
        self._waiters: dict[str, dict[asyncio.Event, None]] = {}
        self._drops: list[Callable[[str | None], None]] = []
        self._tried = asyncio.Event()  # the first attempt to subscribe is over, well or badly
        self._task: asyncio.Task[None] | None = None
        self._pause_s = _FIRST_PAUSE_S

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def start(self) -> None:
        """Subscribe, or find out that Redis does not answer; later calls return at once."""
        if self._task is None:
            self._task = asyncio.create_task(self._listen())
        await self._tried.wait()

    async def aclose(self) -> None:
        """End the subscription."""
        while self._task is not None and not self._task.done():
            self._task.cancel()
            # Again if need be: on Python 3.11 a cancellation can be lost in a Redis command.
            await asyncio.wait((self._task,), timeout=0.1)

    def on_drop(self, forget: Callable[[str | None], None]) -> None:
        """Call ``forget(key)`` for each invalidated key, ``forget(None)`` when some were missed."""
        self._drops.append(forget)

    @contextlib.contextmanager
    def listening(self, keys: Sequence[str]) -> Iterator[asyncio.Event]:
        """Register for the end of a lease on any of ``keys`` (step one of three)."""
        woken = asyncio.Event()
        for key in keys:
            self._waiters.setdefault(key, {})[woken] = None
        try:
            yield woken
        finally:
            for key in keys:
                waiters = self._waiters[key]
                waiters.pop(woken, None)
                if not waiters:
                    del self._waiters[key]

    async def wait(self, woken: asyncio.Event, at_most_s: float) -> str:
        """Wait for a message or the time; return ``push`` or ``poll``, the cause of the wake-up."""
        try:
            async with asyncio.timeout(at_most_s):
                await woken.wait()
        except TimeoutError:
            return "poll"
        woken.clear()  # before the caller's re-check: what comes after it counts again
        return "push"

    async def _listen(self) -> None:
        while True:
            try:
                await self._follow()
            except Exception as error:  # noqa: BLE001 - nobody starts this task a second time, and
                # not all is a RedisError: uvloop and a cluster client have errors of their own.
                self._observe("link_lost", error=error)
            self._tried.set()
            # At first at once, for a cut link; then calmly, for a server that is away.
            await self._sleep(self._pause_s)
            self._pause_s = min(2 * self._pause_s, self._check_s)

    async def _follow(self) -> None:
        if isinstance(self._redis, RedisCluster):
            await self._redis.initialize()  # else its pubsub does not know the nodes yet
        async with self._redis.pubsub() as pubsub:
            await pubsub.subscribe(self.channel)
            silent = 0
            # A peer that vanished sends nothing, not even an error. So silence is answered by a
            # ping, and silence after that means the link is dead.
            while silent < 2:
                message = await pubsub.get_message(timeout=self._check_s)
                silent = 0 if message else silent + 1
                if message:
                    self._hear(message)
                elif silent == 1:
                    await pubsub.ping()
        raise ConnectionError("The subscription answers no ping: its link is dead.")

    def _hear(self, message: dict[str, Any]) -> None:
        if message["type"] == "subscribe":
            # A new link, also when redis-py re-made it by itself: whatever was said in between
            # was missed, so everybody looks again and nothing kept here is trusted.
            self._observe("link_up")
            self._pause_s = _FIRST_PAUSE_S
            self._tried.set()
            self._forget(None)
            for waiters in list(self._waiters.values()):
                self._set(waiters)
        elif message["type"] == "message":
            outcome, _, key = message["data"].decode(errors="replace").partition(" ")
            if outcome == "dropped":
                self._forget(key)
            self._set(self._waiters.get(key, ()))

    def _forget(self, key: str | None) -> None:
        for forget in self._drops:
            forget(key)

    def _set(self, waiters: Iterable[asyncio.Event]) -> None:
        for woken in waiters:
            woken.set()
