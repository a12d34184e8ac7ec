"""Pace: how busy the server may be with us, and what we do when its other callers feel it.

Closes: an audit that is the outage it was to prevent.
The guard: a PING between batches. Beyond three times what it took before we began, the pauses
    double; beyond a limit, five times running, the audit ends with what it has.
"""

import time
from collections.abc import Callable
from statistics import median

from .options import Options

CALM_PINGS = 9
SLOW_RUNNING = 5
MOST_PAUSE_S = 1.0
PING_EVERY_S = 0.1


class TooSlow(Exception):
    """The server answers so slowly that going on would harm whoever else asks it."""


class Pace:
    """The pauses between batches. `ping` times one PING; `None` when that may not be asked."""

    def __init__(
        self,
        options: Options,
        ping: Callable[[], float | None],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._options = options
        self._ping = ping
        self._clock = clock
        self._sleep = sleep
        self._extra_s = 0.0
        self._slow = 0
        self._pinged_at_s = clock()
        calm = [took for _ in range(CALM_PINGS) if (took := ping()) is not None]
        self.baseline_s = median(calm) if calm else None
        self.backed_off = 0
        self.paused_s = 0.0

    def rest(self, busy_s: float, since_s: float) -> None:
        """Pause after a batch that kept the server `busy_s` and began at `since_s`.

        Raises TooSlow.
        """
        self._guard()
        used_s = self._clock() - since_s
        pause_s = max(0.0, busy_s / self._options.duty - used_s) + self._extra_s
        if pause_s > 0:
            self.paused_s += pause_s
            self._sleep(pause_s)

    def _guard(self) -> None:
        now_s = self._clock()
        if self.baseline_s is None or now_s - self._pinged_at_s < PING_EVERY_S:
            return
        self._pinged_at_s = now_s
        took_s = self._ping()
        if took_s is None:
            return
        options = self._options
        self._slow = self._slow + 1 if took_s > options.ping_abort_s else 0
        if self._slow >= SLOW_RUNNING:
            most_ms = options.ping_abort_s * 1000
            raise TooSlow(f"a PING took over {most_ms:.0f} ms {SLOW_RUNNING} times running")
        slow_s = max(self.baseline_s * options.ping_slow_times, options.ping_slow_floor_s)
        if took_s > slow_s:
            self.backed_off += 1
            self._extra_s = min(MOST_PAUSE_S, max(0.01, 2 * self._extra_s))
        else:
            self._extra_s = self._extra_s / 2 if self._extra_s > 0.001 else 0.0
