# SPDX-License-Identifier: MIT
"""Refreshes: load again in the background, once per key, while the old value is being served.

Closes: the wait at expiry. Readers of a hot key never meet a miss.
Race (why a refresh needs the lease too):
    1. process A starts a refresh and loads version 1; so do B and C, at the same expiry
    2. writer W commits version 2 and invalidates; D loads and stores version 2
    3. A's refresh is over. Unfenced it would put version 1 back over version 2
Does not: serve anything (the caller already has the value) or help a key that nobody reads between
    its soft and its hard expiry. A failed refresh leaves the value alone and is logged.
Use:
    >>> async def load(keys: Sequence[str]) -> dict[str, str]:
    ...     done.set()
    ...     return dict.fromkeys(keys, "new")
    >>> async def main() -> None:
    ...     async with Redis.from_url(REDIS_URL) as redis:
    ...         scripts = Scripts(redis, channel="lease")
    ...         await redis.set("example:{42}:v", b"old", px=60_000)
    ...         fills = Fills[str](scripts, seal=lambda v, start, _: Sealed(v.encode(), 60, start))
    ...         refreshes = Refreshes[str](scripts, fills, lease_s=1.0)
    ...         refreshes.start({"example:{42}": b"old"}, load)
    ...         await done.wait()
    ...         await refreshes.aclose()
    ...         await fills.aclose()
    >>> done = asyncio.Event()
    >>> asyncio.run(main())

Source: stale-while-revalidate: RFC 5861, section 3; "duck out" of the loser: Internet Archive,
    xfetch.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import Context
from typing import Generic, TypeVar

from .envelope import HEADER_BYTES
from .fills import Fills
from .scripts import Ask, Scripts

V = TypeVar("V")

_log = logging.getLogger(__name__)


def _silent(_event: str, **_details: object) -> None:
    """Count nothing."""


class Refreshes(Generic[V]):
    """At most one refresh per key in this process; the lease makes it one in the fleet.

    ``observe`` gets ``refresh`` for each key this process loads, and ``refresh_failed``.
    """

    def __init__(
        self,
        scripts: Scripts,
        fills: Fills[V],
        *,
        lease_s: float,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        token: Callable[[], str] = lambda: secrets.token_hex(16),
        observe: Callable[..., None] = _silent,
    ) -> None:
        self._scripts = scripts
        self._fills = fills
        self._lease_s = lease_s
        self._sleep = sleep
        self._token = token
        self._observe = observe
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(
        self,
        due: Mapping[str, bytes],
        load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, V]]],
    ) -> None:
        """Refresh the keys of ``due`` (key to the bytes found) that nobody here refreshes yet."""
        mine = {key: raw for key, raw in due.items() if key not in self._tasks}
        if not mine:
            return
        # An empty context: the refresh outlives the request that happened to start it, and must
        # not report to that request's trace or count among its loads.
        task = asyncio.get_running_loop().create_task(self._run(mine, load_many), context=Context())
        self._tasks.update(dict.fromkeys(mine, task))
        task.add_done_callback(lambda _done: [self._tasks.pop(key) for key in mine])

    async def aclose(self) -> None:
        """Cancel the refreshes and wait until they have ended; their loads end with the fills."""
        while running := {task for task in self._tasks.values() if not task.done()}:
            for task in running:
                task.cancel()
            # Again if need be: on Python 3.11 a cancellation can be lost in a Redis command.
            await asyncio.wait(running, timeout=0.1)

    async def _run(
        self,
        due: Mapping[str, bytes],
        load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, V]]],
    ) -> None:
        try:
            if await self._refresh(due, load_many):
                return
            # Somebody else is loading: do not ask again with every hit until they are done.
            await self._sleep(self._lease_s / 3)
        except Exception:  # noqa: BLE001 - nobody awaits a refresh, so nobody else can report it
            _log.exception("The refresh of %s failed; the cached value stays.", ", ".join(due))
            for key in due:
                self._observe("refresh_failed", key=key)
            # And do not try again with every hit either.
            await self._sleep(self._lease_s)

    async def _refresh(
        self,
        due: Mapping[str, bytes],
        load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, V]]],
    ) -> bool:
        """Load what this process wins the lease for; say whether that was everything."""
        asks = [Ask(key, self._token(), raw[:HEADER_BYTES]) for key, raw in due.items()]
        claims = await self._scripts.claim(asks, lease_s=self._lease_s, waits=False)
        pairs = list(zip(asks, claims, strict=True))
        won = {ask.key: ask.token for ask, claim in pairs if claim.won}
        for key in won:
            self._observe("refresh", key=key)
        if won:
            await self._fills.run(won, load_many)
        # A value newer than the one found is as good as a load of one's own.
        return all(claim.won or claim.value is not None for _ask, claim in pairs)
