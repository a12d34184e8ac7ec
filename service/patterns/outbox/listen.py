# SPDX-License-Identifier: MIT
"""Listen: a database connection that hears of commits, so that a relay need not wait for its poll.

Closes: the half poll that a row waits on average when nobody tells of it.
Race (why a notification is a hint, and the poll the truth):
    1. the link breaks; a transaction commits, its notification goes to nobody
    2. the link is made anew. PostgreSQL keeps no notification for who was not there
    3. were it the only way, the row would lie until the next one happens to be written
  So each new link counts as a hint, and the relay looks every ``poll_s`` whatever it hears.
Does not: notice a link that went dead without a word, until the operating system does. Cost: one
    connection per process, and one lock: transactions that notify commit one after the other in
    the whole server (PostgreSQL takes a global lock for the order of its queue).
Use (``connect`` is ``partial(asyncpg.connect, DATABASE_URL)``; here nobody listens):
    >>> class Refused:
    ...     async def __call__(self):
    ...         raise ConnectionRefusedError("no database here")
    >>> async def main() -> list[str]:
    ...     seen = asyncio.Queue()
    ...     tell = lambda event, **details: seen.put_nowait(event)
    ...     async with Listen(Refused(), lambda: None, observe=tell):
    ...         return await seen.get()
    >>> asyncio.run(main())
    'link_lost'

Source: PostgreSQL, "NOTIFY" and "LISTEN"; on the lock: recall.ai, "Postgres LISTEN/NOTIFY does not
    scale" (2025).
"""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

# Between two attempts at a link; the poll goes on meanwhile, so there is no hurry.
_FIRST_PAUSE_S, _LAST_PAUSE_S = 0.1, 5.0


def _silent(_event: str, **_details: object) -> None:
    """Count nothing."""


class Listen:
    """Calls ``hear`` for each notification on ``channel``, and once for each new link.

    ``connect`` makes a connection like asyncpg's. ``observe`` gets ``link_up`` and ``link_lost``.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[Any]],
        hear: Callable[[], None],
        *,
        channel: str = "outbox",
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        observe: Callable[..., None] = _silent,
    ) -> None:
        self._connect = connect
        self._hear = hear
        self._channel = channel
        self._sleep = sleep
        self._observe = observe
        self._pause_s = _FIRST_PAUSE_S
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End the link."""
        while self._task is not None and not self._task.done():
            self._task.cancel()
            # Again if need be: on Python 3.11 a cancellation can be lost in a driver's wait_for.
            await asyncio.wait((self._task,), timeout=1.0)

    async def _run(self) -> None:
        while True:
            try:
                await self._follow()
            except Exception as error:  # noqa: BLE001 - a hint less, whatever it was; the poll goes on
                self._observe("link_lost", error=error)
            await self._sleep(self._pause_s)
            self._pause_s = min(2 * self._pause_s, _LAST_PAUSE_S)

    async def _follow(self) -> None:
        lost = asyncio.Event()
        connection = await self._connect()
        try:
            connection.add_termination_listener(lambda _connection: lost.set())
            await connection.add_listener(self._channel, self._notified)
            self._observe("link_up")
            self._pause_s = _FIRST_PAUSE_S
            self._hear()  # race, step 2: what was committed while nobody listened
            await lost.wait()
        finally:
            connection.terminate()  # at once: a link that may be dead is not asked to say goodbye
        raise ConnectionError("The database closed the connection that listened.")

    def _notified(self, *_details: object) -> None:
        self._hear()
