# SPDX-License-Identifier: MIT
"""Patience: a time limit on waiting for a server that does not count the lateness of our own loop.

Closes: a busy process that takes its own lateness for a slow server, times out by the hundred, and
    sends to the database what was already answered.
Race (a timeout with the answer in the socket; asyncio.timeout, any event loop):
    1. a command is sent, its limit is 50 ms; the server answers after 1 ms
    2. 500 requests arrive; this turn of the event loop takes 150 ms, nobody looks at the socket
    3. the turn ends. Timer and answer are due together; the timer cancels the task in the very
       turn in which the answer is read: an error, though the server was quick
  So a timer that fires late does not count: the loop looks at its sockets first.
Does not: notice a dead server sooner than the limit, or at once while the loop is late (a late
    timer is excused three times in a row). Cost: one timer, about a microsecond.
Use:
    >>> async def main() -> tuple[bool, bool]:
    ...     gave_up = asyncio.Event()
    ...     patience = Patience(gave_up.set, slow_s=0.005, limit_s=0.01)
    ...     await gave_up.wait()
    ...     return patience.slow, patience.over
    >>> asyncio.run(main())
    (True, True)

Source: ours; the order of timers and polls: asyncio/base_events.py (_run_once), libuv's event loop.
"""

import asyncio
from collections.abc import Callable

# A timer that fires this much after its time was held up by our own work. Above the resolution
# of timers (1 ms in uvloop), below what anybody would call a slow answer.
_LATE_S = 0.005
# Time to read what is waiting: a look at the sockets needs none, an answer of a megabyte a few.
_GRACE_S = 0.005
# A loop that is late for ever must still find out that a server is dead.
_EXCUSES = 3


class Patience:
    """Runs from when it is made until ``end``; calls ``give_up`` once when ``limit_s`` is over.

    ``slow`` says whether ``slow_s`` went by, ``over`` whether it gave up; seconds in which the
    loop was late are left out of both. ``since_s`` starts it in the past, by the loop's clock.
    """

    def __init__(
        self,
        give_up: Callable[[], None],
        *,
        slow_s: float,
        limit_s: float,
        since_s: float | None = None,
    ) -> None:
        self.slow = False
        self.over = False
        self._loop = asyncio.get_running_loop()
        self._give_up = give_up
        self.since_s = self._loop.time() if since_s is None else since_s
        self._limit_at_s = self.since_s + limit_s
        self._excuses = _EXCUSES
        self._wait_until(min(self.since_s + slow_s, self._limit_at_s))

    def end(self) -> None:
        """Stop the clock: there is an answer, or an error."""
        self._timer.cancel()

    def _wait_until(self, at_s: float) -> None:
        self._due_s = at_s
        self._timer = self._loop.call_at(at_s, self._fire)

    def _fire(self) -> None:
        now_s = self._loop.time()
        if now_s - self._due_s > _LATE_S and self._excuses:
            self._excuses -= 1
            self._wait_until(now_s + _GRACE_S)
            return
        self.slow = True
        if now_s < self._limit_at_s:
            self._wait_until(self._limit_at_s)
        else:
            self.over = True
            self._give_up()
