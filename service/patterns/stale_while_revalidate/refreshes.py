# SPDX-License-Identifier: MIT
"""Refreshes: load stale values again in the background, once in the fleet, while they are served.

Closes: the wait at expiry, and N equal loads by the N processes that find a value stale.
Race (why the claim names the value that was seen):
    1. processes A and B read the same stale value
    2. A takes the token, loads, stores the new value and drops the token
    3. B asks for the token only now. It is free; without a look at the value B would load again
Does not: retry at once. After a failure the token is left standing for ``retry_s``: it holds off
    the whole fleet, and a source in trouble gets one load per key and ``retry_s``, not one a hit.
Use:
    >>> async def fill(tokens: Mapping[str, bytes], _load: object) -> None:
    ...     print("loading", *tokens)
    ...     done.set()
    >>> async def main() -> None:
    ...     async with Redis.from_url(REDIS_URL) as redis:
    ...         tokens = Tokens(redis, token=lambda: secrets.token_hex(16))
    ...         await redis.set("stale:{42}:s", b"old", px=60_000)
    ...         refreshes = Refreshes[str](tokens, fill, 5.0, 1.0)
    ...         refreshes.start({"stale:{42}": b"old"}, None)
    ...         await done.wait()
    ...         await refreshes.aclose()
    ...         await tokens.drop(["stale:{42}"])
    >>> import secrets
    >>> done = asyncio.Event()
    >>> asyncio.run(main())
    loading stale:{42}

Source: RFC 5861, section 3; the loser that "ducks out": Internet Archive, xfetch.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import Context
from typing import Generic, TypeAlias, TypeVar

from .tokens import Tokens

V = TypeVar("V")
LoadMany: TypeAlias = Callable[[Sequence[str]], Awaitable[Mapping[str, V]]]

_log = logging.getLogger(__name__)

# Who did not get the token asks again after this, not with every hit: few loads are quicker.
_ASK_AGAIN_S = 0.25


def _silent(_event: str, **_details: object) -> None:
    """Count nothing."""


class Refreshes(Generic[V]):
    """At most one refresh per key in this process; the token makes it one in the fleet.

    ``fill(tokens, load_many)`` loads and stores; it has ``refresh_s``. ``observe`` gets ``refresh``
    for each key that this process loads, and ``refresh_failed`` with ``error``.
    """

    def __init__(
        self,
        tokens: Tokens,
        fill: Callable[[Mapping[str, bytes], LoadMany[V]], Awaitable[object]],
        refresh_s: float,
        retry_s: float,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        observe: Callable[..., None] = _silent,
    ) -> None:
        self._tokens = tokens
        self._fill = fill
        self._refresh_s = refresh_s
        self._retry_s = retry_s
        self._sleep = sleep
        self._observe = observe
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, due: Mapping[str, bytes], load_many: LoadMany[V]) -> None:
        """Refresh the keys of ``due`` (key to the head found) that nobody here refreshes yet."""
        mine = {key: head for key, head in due.items() if key not in self._tasks}
        if not mine:
            return
        # An empty context: the refresh outlives the request that happened to start it, and must
        # not report to that request's trace.
        task = asyncio.get_running_loop().create_task(self._run(mine, load_many), context=Context())
        self._tasks.update(dict.fromkeys(mine, task))
        task.add_done_callback(lambda _done: [self._tasks.pop(key) for key in mine])

    async def aclose(self) -> None:
        """Cancel the refreshes under way and wait until they have ended."""
        while running := {task for task in self._tasks.values() if not task.done()}:
            for task in running:
                task.cancel()
            # Again if need be: on Python 3.11 a cancellation can be lost in a Redis command.
            await asyncio.wait(running, timeout=0.1)

    async def _run(self, due: Mapping[str, bytes], load_many: LoadMany[V]) -> None:
        won: dict[str, bytes] = {}
        try:
            claims = await self._tokens.claim(due, for_s=self._refresh_s)
            won = {key: claim.token for key, claim in claims.items() if claim.mine}
            for key in won:
                self._observe("refresh", key=key)
            if won:
                await self._fill(won, load_many)
            elif any(claim.token for claim in claims.values()):
                await self._sleep(_ASK_AGAIN_S)
        except Exception as error:  # noqa: BLE001 - nobody awaits a refresh: it is told here
            _log.warning(
                "No refresh of %s; the stale value stays.", ", ".join(won or due), exc_info=True
            )
            for key in won or due:
                self._observe("refresh_failed", key=key, error=error)
            # The load's error is told; if this fails too, whatever the reason (a cut link is a
            # RuntimeError under uvloop), the token ends by itself.
            with contextlib.suppress(Exception):
                await self._tokens.keep(won, for_s=self._retry_s)
            await self._sleep(self._retry_s)
