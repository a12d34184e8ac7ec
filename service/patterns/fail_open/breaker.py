# SPDX-License-Identifier: MIT
"""Circuit breaker: stop asking a server that fails or is slow; let one call try it now and then.

Closes: an outage in which every request first waits for its own timeout.
Race (why half-open admits one call, and why calls carry permits):
    1. the server hangs; five calls time out, the breaker opens; a sixth is still on its way
    2. the pause is over. Were all let through, hundreds would connect at once, and wait again:
       one probe goes, the others are refused until it is decided
    3. the sixth call ends now. It was sent before the breaker opened and says nothing about the
       server of today, so its permit is void: it neither opens nor closes anything
Does not: share its state (each process finds out for itself), time anything (the caller says what
    was slow, so that its own lateness is not blamed on the server) or tell a dead server from a
    dead network. Cost: half a microsecond a call.
Use:
    >>> breaker = Breaker(failures=2, rand=lambda: 0.0, clock=lambda: 1000.0)
    >>> for _ in range(2):
    ...     breaker.leave(breaker.enter(), "failed")
    >>> breaker.state, breaker.refuses, breaker.enter()
    ('open', True, None)

Source: M. Nygard, "Release It!", Circuit Breaker; the slow-call rate: resilience4j.
"""

import random
import time
from collections import deque
from collections.abc import Callable
from typing import Literal, TypeAlias

State: TypeAlias = Literal["closed", "open", "half_open"]
# Cancelled means undecided: the caller went away before there was an answer or an error.
Outcome: TypeAlias = Literal["ok", "slow", "failed", "cancelled"]

# In doubt a call gets this long, or four times what calls took of late if that is more: that a
# server is down must not cost five callers, or each probe, the full limit to find out.
_HURRY_S = 0.003
# With each probe that fails it gets so many times longer: the server may have become slower.
_PATIENCE = 4.0


def _silent(_event: str, **_details: object) -> None:
    """Count nothing."""


class Breaker:
    """One per server and process. ``leave`` every permit that ``enter`` gave, whatever happened.

    Opens after ``failures`` failed calls in a row, or when ``bad_share`` of the last ``window``
    calls failed or took longer than ``slow_s``; calls that a stall ends together count as one. It
    is open for ``open_s[0]`` seconds or up to twice that, for twice as long after each probe that
    failed, and never longer than ``open_s[1]``. A probe that is not decided within ``probe_s``
    counts as lost, and another is let through.
    ``observe`` gets ``opened`` (``for_s``, ``because``), ``half_open`` and ``closed``.
    """

    def __init__(
        self,
        *,
        failures: int = 5,
        slow_s: float = 0.04,
        bad_share: float = 0.5,
        window: int = 20,
        open_s: tuple[float, float] = (0.5, 5.0),
        probe_s: float = 1.0,
        rand: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
        observe: Callable[..., None] = _silent,
    ) -> None:
        self.slow_s = slow_s
        self.state: str = "closed"  # or "open" or "half_open"
        self._failures = failures
        self._bad_share = bad_share
        self._open_s = open_s
        self._probe_s = probe_s
        self._rand = rand
        self._clock = clock
        self._observe = observe
        # Permits are numbered. Void are those up to the last transition or probe; those up to the
        # last bad end were on their way together with it, and tell of the same stall.
        self._issued = self._void_to = self._known_to = 0
        self._recent = _Recent(window)
        self._stretch = 1.0
        # Open: when to probe. Half-open: when the probe counts as lost. Closed: since when.
        self._at_s = float("-inf")
        self._longest_s = open_s[0]

    @property
    def refuses(self) -> bool:
        """Say whether ``enter`` would refuse now; asking takes nothing."""
        return self.state != "closed" and self._clock() < self._at_s

    def enter(self) -> int | None:
        """Return a permit for one call, or ``None``: do not call."""
        if self.state != "closed":
            if self.refuses:
                return None
            if self.state == "open":
                self._observe("half_open")
            self._turn("half_open", self._clock() + self._probe_s)
        self._issued += 1
        return self._issued

    def leave(self, permit: int, outcome: Outcome, took_s: float = 0.0) -> None:
        """Say how the call with this permit ended."""
        if permit <= self._void_to:
            return  # race, step 3
        if self.state == "half_open":
            self._decide(outcome)
        elif outcome == "ok" or (outcome != "cancelled" and permit > self._known_to):
            self._recent.add(outcome, took_s)
            if outcome != "ok":
                # One stall of the server, or of its machine, ends all calls in flight. It is one
                # piece of news, or any 50 ms would open the breaker of a busy process.
                self._known_to = self._issued
            if self._recent.failed_in_row >= self._failures:
                self._open("failures")
            elif outcome != "ok" and self._recent.bad_share >= self._bad_share:
                self._open("slowness")

    def limit_s(self, at_most_s: float) -> float:
        """Return how long a call may take: ``at_most_s``, or less while the server is in doubt."""
        if self.state == "closed" and not self._recent.failed_in_row:
            return at_most_s
        return min(at_most_s, max(_HURRY_S, 4 * self._recent.usual_s) * self._stretch)

    def _decide(self, outcome: Outcome) -> None:
        """End the probe."""
        if outcome == "ok":
            self._observe("closed")
            self._stretch = 1.0
            self._turn("closed", self._clock())
        elif outcome == "cancelled":
            self._turn("half_open", self._clock())  # undecided: the next caller may probe at once
        else:
            self._stretch = min(_PATIENCE * self._stretch, 1000.0)  # more than any limit allows
            self._open("probe")

    def _open(self, because: str) -> None:
        first_s, most_s = self._open_s
        now_s = self._clock()
        # Opened again soon after it closed: as sick as before, so the pauses go on growing.
        relapsed = self.state == "half_open" or now_s - self._at_s < most_s
        self._longest_s = min(most_s, 2 * (self._longest_s if relapsed else first_s))
        # Half of it random, so that processes do not come back to a struggling server together.
        for_s = self._longest_s * (1 + self._rand()) / 2
        self._observe("opened", for_s=for_s, because=because)
        self._turn("open", now_s + for_s)

    def _turn(self, state: State, at_s: float) -> None:
        self.state = state
        self._at_s = at_s
        self._void_to = self._issued
        self._recent.forget()


class _Recent:
    """How the last calls went."""

    def __init__(self, window: int) -> None:
        self.failed_in_row = 0
        self.usual_s = 0.0  # what a quick answer takes
        self._bad: deque[bool] = deque(maxlen=window)

    @property
    def bad_share(self) -> float:
        """The share of calls that failed or were slow; 0 until there are enough of them."""
        return sum(self._bad) / len(self._bad) if len(self._bad) == self._bad.maxlen else 0.0

    def add(self, outcome: Outcome, took_s: float) -> None:
        """Note one more."""
        self._bad.append(outcome != "ok")
        if outcome == "failed":
            self.failed_in_row += 1
        else:
            self.failed_in_row = 0
            # Down soon and up slowly: some of the time taken was this process's own.
            weight = 0.5 if took_s < self.usual_s else 0.05
            self.usual_s += weight * (took_s - self.usual_s)

    def forget(self) -> None:
        """Begin anew; only how long an answer takes stays known."""
        self.failed_in_row = 0
        self._bad.clear()
