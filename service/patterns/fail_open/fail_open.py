# SPDX-License-Identifier: MIT
"""Fail open: a layer round a shared cache that turns the cache's failures into loads.

Closes: the cache as a single point of failure: it refuses or hangs, and a healthy database behind
    it answers nobody.
Race (the error that comes after the load):
    1. a caller misses; the cache layer loads its value, which takes the database 500 ms
    2. the server dies; storing the value fails, and the layer raises
    3. who takes every error for a miss loads again: during an outage each load is made twice, by
       the very clients that cannot afford it. So each call remembers what its load brought
Does not: bound the loads: there must be a bulkhead in ``load``, and a single flight in front, for a
    database that lived behind a cache may not carry the traffic. An invalidation is not swallowed:
    it raises at once while the breaker is open, and whoever writes must try again (an outbox).
Use:
    >>> class Down:  # in its place: your cache
    ...     async def get(self, key, load):
    ...         raise ConnectionError("refused")
    >>> async def load_post() -> str:
    ...     return "hello"
    >>> asyncio.run(FailOpen(Down(), Breaker()).get("example:{42}", load_post))
    'hello'

Source: AWS Builders' Library, "Caching challenges and strategies"; stale-if-error: RFC 5861.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from .breaker import Breaker

V = TypeVar("V")


def _silent(_event: str, **_details: object) -> None:
    """Count nothing."""


def _nothing(_key: str) -> None:
    """Know of no copy."""


class Layer(Protocol[V]):
    """The cache inside."""

    async def get(self, key: str, load: Callable[[], Awaitable[V]]) -> V:
        """Return the value of one key."""

    async def get_many(
        self,
        keys: Sequence[str],
        load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, V]]],
    ) -> Mapping[str, V]:
        """Return the values of many keys."""

    async def invalidate(self, *keys: str) -> None:
        """Drop keys."""


class FailOpen(Generic[V]):
    """The cache while it works, else the load, else a copy.

    ``breaker`` is the one the layer's connections report to (connection.py); it is only looked at
    here. ``stale(key)`` gives ``(value,)`` or ``None``, and is asked when a load ends in one of the
    errors ``overloaded``, wherever that load ran.
    ``observe`` gets, each with ``key``: ``bypass`` (the breaker is open, the cache was not asked),
    ``error`` (it failed, with ``error``), ``fill_failed`` (only after the load) and ``stale``.
    """

    def __init__(
        self,
        layer: Layer[V],
        breaker: Breaker,
        *,
        stale: Callable[[str], tuple[V] | None] = _nothing,
        overloaded: tuple[type[Exception], ...] = (),
        observe: Callable[..., None] = _silent,
    ) -> None:
        self._layer = layer
        self._breaker = breaker
        self._stale = stale
        self._overloaded = overloaded
        self._observe = observe

    async def get(self, key: str, load: Callable[[], Awaitable[V]]) -> V:
        """Return the value of ``key``. Raises only what ``load`` raises."""

        async def load_many(_keys: Sequence[str]) -> Mapping[str, V]:
            return {key: await load()}

        async def load_one() -> V:
            return (await loads.run((key,)))[key]

        async def ask() -> Mapping[str, V]:
            return {key: await self._layer.get(key, load_one)}

        loads = _Loads(load_many)
        return (await self._answer((key,), loads, ask))[key]

    async def get_many(
        self,
        keys: Sequence[str],
        load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, V]]],
    ) -> dict[str, V]:
        """Return a value for each key. Raises only what ``load_many`` raises."""
        wanted = list(dict.fromkeys(keys))
        loads = _Loads(load_many)
        values = await self._answer(wanted, loads, lambda: self._layer.get_many(wanted, loads.run))
        return {key: values[key] for key in wanted}

    async def invalidate(self, *keys: str) -> None:
        """Drop ``keys``. Raises when the cache fails: the old value may stand there, try again."""
        await self._layer.invalidate(*keys)

    async def _answer(
        self,
        keys: Sequence[str],
        loads: "_Loads[V]",
        ask: Callable[[], Awaitable[Mapping[str, V]]],
    ) -> Mapping[str, V]:
        try:
            if self._breaker.refuses:
                for key in keys:
                    self._observe("bypass", key=key)
            else:
                try:
                    return await ask()
                except Exception as error:  # noqa: BLE001 - whatever it is, it is a counted miss
                    await loads.settle()
                    if error is not loads.error:
                        self._count_error(keys, loads, error)
            return await loads.rest(keys)
        except self._overloaded:
            copies = {key: self._stale(key) for key in keys if key not in loads.values}
            found = {key: copy[0] for key, copy in copies.items() if copy is not None}
            if len(found) < len(copies):
                raise
            for key in found:
                self._observe("stale", key=key, instead_of="load")
            return {**loads.values, **found}

    def _count_error(self, keys: Sequence[str], loads: "_Loads[V]", error: Exception) -> None:
        for key in keys:
            self._observe("fill_failed" if key in loads.values else "error", key=key, error=error)


class _Loads(Generic[V]):
    """The loads of one call, whoever runs them: what they brought, how they failed."""

    def __init__(self, load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, V]]]) -> None:
        self.values: dict[str, V] = {}
        self.error: Exception | None = None
        self._load_many = load_many
        self._running = 0
        self._settled: asyncio.Event | None = None  # made when somebody waits: hardly ever

    async def run(self, keys: Sequence[str]) -> Mapping[str, V]:
        """Load ``keys``; this is what the cache is given to call."""
        self._running += 1
        try:
            loaded = await self._load_many(keys)
            self.values.update(loaded)
        except Exception as error:
            self.error = error
            raise
        finally:
            self._running -= 1
            if not self._running and self._settled is not None:
                self._settled.set()
        return loaded

    async def settle(self) -> None:
        """Wait for the loads under way: a cache may run them in tasks that outlive its error."""
        while self._running:
            self._settled = asyncio.Event()
            await self._settled.wait()

    async def rest(self, keys: Sequence[str]) -> Mapping[str, V]:
        """Return all values: load what was not loaded yet. Raises what a load has raised."""
        if self.error is not None:
            raise self.error
        missing = [key for key in keys if key not in self.values]
        if missing:
            await self.run(missing)
        return self.values
