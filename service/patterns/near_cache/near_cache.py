# SPDX-License-Identifier: MIT
"""Near cache (L1): values kept in the process, bounded, dropped by push when they change.

Closes: the round trip for what every request needs.
Race (the epoch: why a load must know of invalidations that overtake it):
    1. a load begins; it reads the old value from the shared cache, the reply is on its way
    2. a write is done elsewhere: the shared entry is dropped, then the key published; the message
       arrives here first, and finds nothing to drop
    3. the reply arrives. Stored, the old value would stay until its life ends. So each load holds
       a ticket for its key, the message tears it up, and without a ticket nothing is stored
Does not: know what changed while its link was down. Values live ``trusted_s`` only while the
    heartbeat is heard, ``untrusted_s`` otherwise, and a new link empties the cache. Values are
    shared, not copied: whoever changes one changes it for all. Cost: a connection per process.
Use:
    >>> async def load() -> str:
    ...     return "hello"
    >>> async def main() -> list[str]:
    ...     async with Redis.from_url(REDIS_URL) as redis, Push(redis) as push:
    ...         near = NearCache[str](push, life=lambda key, value: 60.0, size=len)
    ...         return [await near.get("example:{42}", load) for _ in range(2)]
    >>> asyncio.run(main())
    ['hello', 'hello']

Source: redis.io, "Client-side caching" (race conditions, lost connection).
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from .push import Push

V = TypeVar("V")


def _silent(_event: str, **_details: object) -> None:
    """Count nothing."""


class _Entry(NamedTuple, Generic[V]):
    value: V
    until_s: float  # the end of its life while the channel is trusted
    untrusted_until_s: float  # and while it is not
    size_bytes: int


class _Ticket:
    """The right to store what is being loaded for one key; shared by the loads of that key."""

    loads = 0


class NearCache(Generic[V]):
    """At most ``most`` values and ``most_bytes`` bytes, the least recently used out first.

    ``life(key, value)`` caps a value's life in seconds: pass what the shared cache has left of it
    (0 or less: not kept). ``size(value)`` is its size in bytes, asked once, when it is stored.
    ``observe`` gets, with ``key``, ``hit`` (and ``value``), ``miss``, and ``evicted`` (and its
    ``cause``: ``room`` was wanted, or its ``life`` was over when it was asked for).
    """

    def __init__(
        self,
        push: Push,
        *,
        life: Callable[[str, V], float],
        size: Callable[[V], int],
        most: int = 10_000,
        most_bytes: int = 64 * 1024 * 1024,
        trusted_s: float = 60.0,
        untrusted_s: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
        observe: Callable[..., None] = _silent,
    ) -> None:
        self._push = push
        self._life = life
        self._size = size
        self._most = most
        self._most_bytes = most_bytes
        self._trusted_s = trusted_s
        self._untrusted_s = untrusted_s
        self._clock = clock
        self._observe = observe
        self._entries: OrderedDict[str, _Entry[V]] = OrderedDict()
        self._bytes = 0
        self._tickets: dict[str, _Ticket] = {}
        push.on_drop(self.forget)

    async def get(self, key: str, load: Callable[[], Awaitable[V]]) -> V:
        """Return the value kept here, else load it and keep it."""
        entry = self._find(key)
        if entry is not None:
            return entry.value
        tickets = self._draw([key])
        try:
            value = await load()
            self._store(key, value, tickets[key])
        finally:
            self._hand_in(tickets)
        return value

    async def get_many(
        self,
        keys: Sequence[str],
        load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, V]]],
    ) -> dict[str, V]:
        """Return a value for each key: those kept here, and one load for the rest."""
        wanted = list(dict.fromkeys(keys))
        found = {key: self._find(key) for key in wanted}
        missing = [key for key in wanted if found[key] is None]
        loaded: Mapping[str, V] = {}
        if missing:
            tickets = self._draw(missing)
            try:
                loaded = await load_many(missing)
                for key in missing:
                    self._store(key, loaded[key], tickets[key])
            finally:
                self._hand_in(tickets)
        return {key: entry.value if (entry := found[key]) else loaded[key] for key in wanted}

    async def invalidate(self, *keys: str) -> None:
        """Drop the keys here at once, and tell the others; call it after the shared cache's."""
        for key in keys:
            self.forget(key)
        if keys:
            await self._push.publish(*keys)

    def forget(self, key: str | None) -> None:
        """Drop one key, or all (``None``), and whatever is being loaded for them.

        For the news of the layer that values come from, if that has its own (``wake.on_drop`` of
        a lease): else an old value can come from there after the push, and stay.
        """
        if key is None:
            self._entries.clear()
            self._bytes = 0
            self._tickets.clear()
        else:
            self._remove(key)
            self._tickets.pop(key, None)

    def _find(self, key: str) -> _Entry[V] | None:
        entry = self._entries.get(key)
        if entry is not None:
            now_s = self._clock()
            # The trusted time moves on with each heartbeat: one comparison, no timer.
            if now_s < entry.until_s and (
                now_s < self._push.trusted_until_s or now_s < entry.untrusted_until_s
            ):
                self._entries.move_to_end(key)
                self._observe("hit", key=key, value=entry.value)
                return entry
            if now_s >= entry.until_s:
                self._remove(key)
                self._observe("evicted", key=key, cause="life")
        self._observe("miss", key=key)
        return None

    def _draw(self, keys: Sequence[str]) -> dict[str, _Ticket]:
        tickets = {key: self._tickets.setdefault(key, _Ticket()) for key in keys}
        for ticket in tickets.values():
            ticket.loads += 1
        return tickets

    def _hand_in(self, tickets: Mapping[str, _Ticket]) -> None:
        for key, ticket in tickets.items():
            ticket.loads -= 1
            if ticket.loads == 0 and self._tickets.get(key) is ticket:
                del self._tickets[key]

    def _store(self, key: str, value: V, ticket: _Ticket) -> None:
        if self._tickets.get(key) is not ticket:
            return  # race, step 3: invalidated since this load began
        life_s = min(self._life(key, value), self._trusted_s)
        size_bytes = self._size(value)
        if life_s <= 0 or size_bytes > self._most_bytes:
            return
        self._remove(key)
        now_s = self._clock()
        self._entries[key] = _Entry(
            value, now_s + life_s, now_s + min(life_s, self._untrusted_s), size_bytes
        )
        self._bytes += size_bytes
        while len(self._entries) > self._most or self._bytes > self._most_bytes:
            oldest = next(iter(self._entries))
            self._remove(oldest)
            self._observe("evicted", key=oldest, cause="room")

    def _remove(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry.size_bytes
