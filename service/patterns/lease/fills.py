# SPDX-License-Identifier: MIT
"""Fills: the loads this process holds leases for; each is a task of its own, kept alive and fenced.

Closes: a load that dies with the caller who started it, and a lease that dies before its load.
Race (the heart-beat):
    1. the holder's load takes 3 s, its lease lives 1 s
    2. without renewal a waiter takes the lease after 1 s: two loads, then three
    3. with a long lease instead, a killed holder blocks everybody for as long
  So the lease is short and renewed each third; a dead holder renews nothing.
Does not: stop a load whose lease was lost (an invalidation, a long pause of this process). It
    answers its own callers; its fill is refused, which is the fence.
Use:
    >>> async def load(keys: Sequence[str]) -> dict[str, str]:
    ...     return dict.fromkeys(keys, "hello")
    >>> async def main() -> tuple[str, bytes | None]:
    ...     async with Redis.from_url(REDIS_URL) as redis:
    ...         scripts, token = Scripts(redis, channel="lease"), "0" * 32
    ...         fills = Fills[str](scripts, seal=lambda v, start, _: Sealed(v.encode(), 60, start))
    ...         await redis.set("example:{42}:l", token, px=1000)
    ...         loaded = await fills.run({"example:{42}": token}, load)
    ...         await fills.aclose()
    ...         return loaded["example:{42}"].value, await redis.get("example:{42}:v")
    >>> asyncio.run(main())
    ('hello', b'hello')

Source: the watchdog that renews a lock: Redisson; the refused fill: "Scaling Memcache at Facebook"
    (NSDI 2013), section 3.2.1.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Generic, NamedTuple, TypeVar

from .entries import Sealed
from .scripts import Fill, Scripts

V = TypeVar("V")


def _silent(_event: str, **_details: object) -> None:
    """Count nothing."""


class Loaded(NamedTuple, Generic[V]):
    """A loaded value, and until when it is fresh in the cache (``None``: its fill was refused)."""

    value: V
    fresh_until_s: float | None


class Fills(Generic[V]):
    """Runs loads under leases that are already won.

    ``seal(value, started_at_s, load_s)`` gives the bytes to store and their lives.
    ``observe`` gets ``load``, ``refused_fill`` (the key was invalidated meanwhile) and
    ``load_failed`` with ``key``, and ``renew_failed``.
    """

    def __init__(
        self,
        scripts: Scripts,
        *,
        seal: Callable[[V, float, float], Sealed],
        lease_s: float = 1.0,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        observe: Callable[..., None] = _silent,
    ) -> None:
        self._scripts = scripts
        self._seal = seal
        self._lease_s = lease_s
        self._clock = clock
        self._sleep = sleep
        self._observe = observe
        # By token, not by key: after an invalidation one key can have an old fill, whose token is
        # void, and a new one.
        self._held: dict[str, str] = {}
        self._tasks: set[asyncio.Task[dict[str, Loaded[V]]]] = set()
        self._beat: asyncio.Task[None] | None = None

    async def run(
        self,
        won: Mapping[str, str],
        load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, V]]],
    ) -> dict[str, Loaded[V]]:
        """Load the keys of ``won`` (key to token) and store them; return what was loaded.

        A cancelled caller leaves the load running: it will be stored, and others may wait for it.
        """
        self._held.update({token: key for key, token in won.items()})
        task = asyncio.create_task(self._run(won, load_many))
        self._tasks.add(task)
        task.add_done_callback(partial(self._end, won))
        if self._beat is None or self._beat.done():
            self._beat = asyncio.create_task(self._renew())
        await asyncio.wait((task,))
        return task.result()

    async def aclose(self) -> None:
        """Cancel the loads under way, give up their leases, wait until all has ended."""
        held = {key: token for token, key in self._held.items()}
        tasks: list[asyncio.Task[dict[str, Loaded[V]]] | asyncio.Task[None]] = [*self._tasks]
        if self._beat is not None:
            tasks.append(self._beat)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        # A task that was cancelled before its first step has not given up anything itself.
        await self._give_up(held)

    async def _run(
        self,
        won: Mapping[str, str],
        load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, V]]],
    ) -> dict[str, Loaded[V]]:
        started_at_s = self._clock()
        values: Mapping[str, V] | None = None
        try:
            values = await load_many(list(won))
            return await self._store(won, values, started_at_s)
        except BaseException:
            if values is None:
                for key in won:
                    self._observe("load_failed", key=key)
            await self._give_up(won)
            raise

    async def _store(
        self, won: Mapping[str, str], values: Mapping[str, V], started_at_s: float
    ) -> dict[str, Loaded[V]]:
        load_s = max(0.0, self._clock() - started_at_s)
        sealed = {key: self._seal(values[key], started_at_s, load_s) for key in won}
        for key in won:
            self._observe("load", key=key)
        stored = await self._scripts.fill(
            [Fill(key, won[key], entry.raw, entry.ttl_s) for key, entry in sealed.items()]
        )
        loaded = {}
        for (key, entry), ok in zip(sealed.items(), stored, strict=True):
            if not ok:
                self._observe("refused_fill", key=key)
            loaded[key] = Loaded(values[key], entry.fresh_until_s if ok else None)
        return loaded

    async def _give_up(self, won: Mapping[str, str]) -> None:
        # The load's own error is what the callers must see, and a lease that cannot be given up
        # ends by itself. Nothing is lost but time.
        with contextlib.suppress(Exception):
            await self._scripts.abort(list(won.items()))

    async def _renew(self) -> None:
        """Renew all held leases each third of their life, in one round trip, while there are any.

        A lease won just after a beat is renewed a third later, so two beats may fail before a
        healthy holder loses it.
        """
        while self._held:
            await self._sleep(self._lease_s / 3)
            held = [(key, token) for token, key in self._held.items()]
            try:
                await self._scripts.renew(held, lease_s=self._lease_s)
            except Exception as error:  # noqa: BLE001 - the next beat may yet save the leases
                self._observe("renew_failed", error=error)

    def _end(self, won: Mapping[str, str], task: asyncio.Task[dict[str, Loaded[V]]]) -> None:
        self._tasks.discard(task)
        for token in won.values():
            self._held.pop(token, None)
        # The caller may be gone: an error nobody reads must not be reported as forgotten.
        if not task.cancelled():
            task.exception()
