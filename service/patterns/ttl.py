# SPDX-License-Identifier: MIT
"""TTL: how long a cached value may live, as a function of the value, in seconds.

Closes: memory that only grows, errors that never heal, and keys that expire together.
Race (keys filled together, all with the same TTL):
    1. a deploy or a flush empties the cache; 10,000 keys are filled within a second
    2. one TTL later all 10,000 expire within the same second
    3. their loads arrive at the database together, and again after every TTL
Does not: choose the number for you (ask how old the data may be, not how long it is used), or
    spread the load of one hot key (see single_flight.py and lease/).
Use:
    >>> ttl = jittered(fixed(3600), 0.1, rand=lambda: 0.5)
    >>> ttl({"id": 42})
    3420.0
    >>> forever({"id": 42}) is None
    True

Source: "Scaling Memcache at Facebook" (NSDI 2013); AWS Builders' Library, "Caching challenges and
    strategies" (soft and hard TTL, jitter).
"""

import random
from collections.abc import Callable
from typing import TypeVar

V = TypeVar("V")

# At one tenth of a second a key is hardly a cache entry any more; below it the scaled TTL of a
# fast entry would round to nothing and every read would load.
FLOOR_S = 0.1


def forever(_value: object) -> None:
    """No TTL at all: the mistake, kept so that it can be shown.

    What nobody reads stays, what was not invalidated stays wrong. A layer stores such a value
    without expiry, so only memory pressure or an invalidation ever removes it.
    """


def fixed(ttl_s: float) -> Callable[[object], float]:
    """Give every value the same ``ttl_s`` seconds."""
    if ttl_s <= 0:
        # Redis refuses a TTL of 0 only when the first value is stored: say it at start-up.
        raise ValueError(f"A TTL must be above 0 seconds, not {ttl_s}.")
    return lambda _value: ttl_s


def jittered(
    ttl: Callable[[V], float],
    spread: float,
    *,
    rand: Callable[[], float] = random.random,
) -> Callable[[V], float]:
    """Shorten each TTL by a random share of at most ``spread`` (0 to 1).

    It only shortens: the TTL is a promise about age, and jitter must not break it. ``rand``
    returns a number in [0, 1).
    """
    if not 0 <= spread < 1:
        raise ValueError(f"The spread must be in [0, 1), not {spread}: it is a share of the TTL.")
    return lambda value: ttl(value) * (1 - spread * rand())


def scaled(
    ttl: Callable[[V], float], by: float, *, floor_s: float = FLOOR_S
) -> Callable[[V], float]:
    """Divide each TTL by ``by``, never below ``floor_s``: a day of expiry in minutes.

    Scale last, outside the jitter: the share that jitter takes off is then scaled as well, and
    keys stay as spread out, relative to their life, as they are in production.
    """
    if by < 1:
        raise ValueError(f"A TTL is divided by a number of at least 1, not {by}.")
    return lambda value: max(ttl(value) / by, floor_s)
