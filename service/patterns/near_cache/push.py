# SPDX-License-Identifier: MIT
"""Push: one subscriber per process that tells its near caches which keys have changed elsewhere.

Closes: values that stay in one process after another has changed them.
Race (the message that was never delivered):
    1. the link breaks, or hangs; pub/sub forgets what it cannot deliver
    2. a key is invalidated elsewhere; nothing arrives here
    3. this process goes on serving the old value, and has no reason to doubt it
  So trust must be earned: by a heartbeat that takes the very way the invalidations take.
Does not: repeat anything. After a break everything kept is dropped, after silence it is used for
    ``untrusted_s`` at most. Keys go out before the caller's write is answered only if it awaits.
Use:
    >>> async def main() -> str | None:
    ...     heard: asyncio.Queue[str | None] = asyncio.Queue()
    ...     async with Redis.from_url(REDIS_URL) as redis:
    ...         async with Push(redis) as here, Push(redis) as elsewhere:
    ...             here.on_drop(heard.put_nowait)
    ...             await elsewhere.publish("example:{42}")
    ...             return await heard.get()
    >>> asyncio.run(main())
    'example:{42}'

Source: redis.io, "Redis Pub/Sub" (delivery at most once) and "Client-side caching" (when the
    connection is lost).
"""

import asyncio
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

from redis.asyncio import Redis, RedisCluster

# Before the first attempt to link again; long enough not to spin when each link dies at once.
_FIRST_PAUSE_S = 0.01


def _silent(_event: str, **_details: object) -> None:
    """Count nothing."""


class Push:
    """The channel between the near caches of all processes; one per process serves them all.

    It publishes to itself every ``beat_s`` seconds, the way invalidations go. A beat that comes
    back proves that everything published before it has been heard, so near caches may trust the
    channel for ``trust_s`` from when it was sent: no invalidation is noticed later than that.
    ``observe`` gets ``link_up``, ``trusted``, ``link_lost`` and ``beat_failed``. Give it a client
    that does not retry: redis-py would sleep before it tells of a new link. What callers publish
    goes through ``publisher``, if given: they want a client that fails fast, a subscription one
    that waits.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        publisher: Redis | None = None,
        channel: str = "near",
        beat_s: float = 0.5,
        trust_s: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        token: Callable[[], str] = lambda: secrets.token_hex(8),
        observe: Callable[..., None] = _silent,
    ) -> None:
        self.trusted_until_s = -1.0
        self._redis = redis
        self._publisher = redis if publisher is None else publisher
        self._id = token()
        self._channel = channel
        self._beats = f"{_tagged(channel)}:beat:{self._id}"
        self._beat_s = beat_s
        self._trust_s = trust_s
        self._clock = clock
        self._sleep = sleep
        self._observe = observe
        self._drops: list[Callable[[str | None], None]] = []
        self._tried = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
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
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._beat())]
        await self._tried.wait()

    async def aclose(self) -> None:
        """End the subscription and the heartbeat."""
        while running := [task for task in self._tasks if not task.done()]:
            for task in running:
                task.cancel()
            # Again if need be: on Python 3.11 a cancellation can be lost in a Redis command.
            await asyncio.wait(running, timeout=0.1)

    def on_drop(self, forget: Callable[[str | None], None]) -> None:
        """Call ``forget(key)`` for each invalidated key, ``forget(None)`` when some were missed."""
        self._drops.append(forget)

    async def publish(self, *keys: str) -> None:
        """Tell all other processes that ``keys`` have changed, in one message."""
        await self._publisher.publish(self._channel, json.dumps([self._id, *keys]))

    async def _beat(self) -> None:
        while True:
            try:
                await self._redis.publish(self._beats, repr(self._clock()))
            except Exception as error:  # noqa: BLE001 - whatever it is, as in _listen
                self._observe("beat_failed", error=error)
            await self._sleep(self._beat_s)

    async def _listen(self) -> None:
        while True:
            try:
                await self._follow()
            except Exception as error:  # noqa: BLE001 - nobody starts this task a second time, and
                # not all is a RedisError: uvloop, a cluster client, foreign bytes have their own.
                self._observe("link_lost", error=error)
            self._distrust()
            self._tried.set()
            # At first at once, for a cut link; then calmly, for a server that is away.
            await self._sleep(self._pause_s)
            self._pause_s = min(2 * self._pause_s, self._trust_s)

    async def _follow(self) -> None:
        if isinstance(self._redis, RedisCluster):
            await self._redis.initialize()  # else its pubsub does not know the nodes yet
        async with self._redis.pubsub() as pubsub:
            await pubsub.subscribe(self._channel, self._beats)
            silent = 0
            # Our own beats arrive all the time: silence for as long as trust lasts means that the
            # link is dead. Once may be chance, and a health check of redis-py reads as silence.
            while silent < 2:
                message = await pubsub.get_message(timeout=self._trust_s / 2)
                silent = 0 if message else silent + 1
                if message:
                    self._hear(message)
        raise ConnectionError("No heartbeat came back: the subscription is dead.")

    def _hear(self, message: dict[str, Any]) -> None:
        channel = message["channel"].decode()
        if message["type"] == "subscribe":
            # A new link, also when redis-py re-made it by itself: what was published in between
            # was missed, and what was loaded meanwhile may be old.
            self._distrust()
            if channel == self._beats:  # the second of the two: now both are heard
                self._observe("link_up")
                self._pause_s = _FIRST_PAUSE_S
                self._tried.set()
        elif channel == self._beats:
            if self.trusted_until_s < 0:
                self._observe("trusted")
            self.trusted_until_s = float(message["data"]) + self._trust_s
        elif message["type"] == "message":
            sender, *keys = json.loads(message["data"])
            if sender != self._id:  # our own were dropped before they were sent
                for key in keys:
                    self._forget(key)

    def _distrust(self) -> None:
        self.trusted_until_s = -1.0
        self._forget(None)

    def _forget(self, key: str | None) -> None:
        for forget in self._drops:
            forget(key)


def _tagged(channel: str) -> str:
    # A cluster client publishes through the node of the channel's slot, and a beat must take the
    # very way that the invalidations take. With the channel as hash tag it has the same slot.
    return channel if "{" in channel else f"{{{channel}}}"
