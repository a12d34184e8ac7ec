"""What the jobs report: all of it counted, what somebody has to see also logged."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

logger = logging.getLogger("corral.jobs")
# A cache that is away fails every write and every round: one line a minute says it as well.
QUIET_S = 60.0
MEANING = {
    "drop_failed": "a write could not drop its cache entries; a relay will",
    "row_failed": "a row of the outbox cannot be applied; it is tried again, the others go on",
    "round_failed": "the relay cannot reach {store}; it goes on trying",
    "purge_failed": "rows whose time is over could not be deleted; that is tried again",
    "view_flush_failed": "counted views cannot be added to their posts; they wait, and it goes on",
    "settle_failed": "rows could not be marked done; they may be applied once more",
}
# What ends an event that was logged.
OVER = {"round_again": ("round_failed", "the relay reaches PostgreSQL and Redis again")}
# Each driver has a family of its own; asyncpg lets through what the system said of a connection.
STORES = {"redis": "Redis", "sqlalchemy": "PostgreSQL", "asyncpg": "PostgreSQL"}


class Notes:
    """An `observe` for everything in this package, one a process; passes every event on."""

    def __init__(
        self, event: Callable[..., None], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._event = event
        self._clock = clock
        self._logged_at_s: dict[str, float] = {}
        self._lasting: set[str] = set()

    def __call__(self, event: str, **details: Any) -> None:
        """Count, pass on, and log what must not be overlooked."""
        self.counts[event] += 1
        self._event(event, **details)
        if event in OVER:
            self._end(*OVER[event])
        if event not in MEANING:
            return
        now_s = self._clock()
        if now_s - self._logged_at_s.get(event, -QUIET_S) >= QUIET_S:
            self._logged_at_s[event] = now_s
            self._lasting.add(event)
            said = ", ".join(_said(name, value) for name, value in details.items())
            meaning = MEANING[event].format(store=store_of(details.get("error")))
            logger.warning("%s (%s; %d so far)", meaning, said, self.counts[event])

    def _end(self, event: str, words: str) -> None:
        if event in self._lasting:
            self._lasting.remove(event)
            logger.warning("%s", words)


def _said(name: str, value: object) -> str:
    words = f"{value!s:.200}" or type(value).__name__  # a timeout has none
    return words if name == "error" else f"{name} {words}"


def store_of(error: object) -> str:
    """Which store an error speaks of, by name; both where it does not tell."""
    family = type(error).__module__.partition(".")[0]
    if isinstance(error, OSError) and not isinstance(error, TimeoutError):
        return STORES.get(family, "PostgreSQL")
    return STORES.get(family, "PostgreSQL or Redis")
