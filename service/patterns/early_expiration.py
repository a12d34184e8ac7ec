# SPDX-License-Identifier: MIT
"""Early expiration (XFetch): refresh a value before it expires, with rising probability.

Closes: the stampede at expiry, when everybody finds the same value expired at the same moment.
Race:
    1. a hot value, 0.5 s to load and read 100 times a second, expires at 12:00:00
    2. within the next half second 50 readers find it expired; each loads, or waits for who does
    3. with early expiration each reader draws lots from some seconds before 12:00:00 on. One
       wins and loads; the others have the old value, and then the new one. Nobody meets 12:00:00
Does not: coordinate. Until the winner is done others may win too, 1.7 more on average at beta 1:
    let a lease pick one and load in the background. It does nothing for cold keys, cheap loads
    or low rates: r reads a second let a value expire with chance e^(-r * beta * load time).
    Cost: a logarithm a hit, in the second half of a life. A ``Random`` of your own must be seeded
    anew after a fork, or all processes draw the same lots (the default one is).
Use:
    >>> from typing import NamedTuple
    >>> class Envelope(NamedTuple):
    ...     written_at_s: float
    ...     fresh_until_s: float
    ...     load_s: float
    >>> due = EarlyExpiration(beta=1.0, rand=lambda: 0.9)  # this lot: 2.3 times the load time
    >>> [due(Envelope(0.0, 60.0, 0.5), now_s) for now_s in (58.8, 58.9, 60.0)]
    [False, True, True]

Source: Vattani, Chierichetti, Lowenstein, "Optimal Probabilistic Cache Stampede Prevention"
    (VLDB 2015); the loser that "ducks out": Internet Archive, xfetch.
"""

import math
import random
from collections.abc import Callable
from typing import Protocol

# A source of chance may hand out 1.0, though random.random() never does, and log(0) is an error.
# This is the least that random.random() can leave of 1.
_LEAST = 2.0**-53


class Timed(Protocol):
    """A cached value's times, in seconds since the epoch, and how long its load took."""

    @property
    def written_at_s(self) -> float:
        """When it was loaded."""

    @property
    def fresh_until_s(self) -> float:
        """Its soft expiry: from then on a refresh is due in any case."""

    @property
    def load_s(self) -> float:
        """How long its load took; waits for a lock or a lease do not count."""


class EarlyExpiration:
    """Say whether a value should be refreshed now; fits ``refresh_due`` of a lease.

    With ``beta`` 1 the chance at one load time before expiry is e^-1, 37 %; a larger ``beta``
    refreshes earlier. A refresh leads by at most ``most_share`` of the soft life. ``rand`` gives
    numbers from 0 to 1. Raises ``ValueError`` for a ``beta`` or a share that nothing can come of.
    """

    def __init__(
        self,
        beta: float = 1.0,
        *,
        most_share: float = 0.5,
        rand: Callable[[], float] = random.random,
    ) -> None:
        if beta <= 0:
            raise ValueError(f"beta must be above 0, not {beta}: at 0 nothing is ever early.")
        if not 0 < most_share <= 1:
            raise ValueError(f"most_share is a share of the soft life, not {most_share}.")
        self._beta = beta
        self._most_share = most_share
        self._rand = rand

    def __call__(self, envelope: Timed, now_s: float) -> bool:
        """Draw a lot for this read; ``True`` means: refresh now, in the background."""
        left_s = envelope.fresh_until_s - now_s
        if left_s <= 0:
            return True
        # The lot is unbounded and the load time is whatever the last load took: without the cap
        # a load as long as the life would be repeated by the first read after it, for ever.
        if left_s > self._most_share * (envelope.fresh_until_s - envelope.written_at_s):
            return False
        # Exponential with mean 1: then the chance at left_s is e^(-left_s / (beta * load_s)), and
        # what earlier reads drew has no say in it. 1 - rand(), because rand() may be 0.
        lot = -math.log(max(1.0 - self._rand(), _LEAST))
        return lot * self._beta * envelope.load_s >= left_s
