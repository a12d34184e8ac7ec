# SPDX-License-Identifier: MIT
"""Copies: the last good value of a bounded number of keys, kept in the process for bad times.

Closes: an error or a queue where a slightly old answer would have done.
Race (the epoch):
    1. a read takes the old value from Redis; its reply is on the way
    2. another process invalidates the key; the message arrives here first and drops the copy
    3. the reply arrives. Were it kept, a dropped value would be back, and for as long as
       ``stale_for_s``. So the epoch is noted before the read and must not have changed
Does not: hold copies in good times against memory pressure of your own (the bound counts entries,
    not bytes) or hear of invalidations while the link is down: then age is the only bound.
Use:
    >>> copies = Copies[str](most=2, stale_for_s=30.0, clock=lambda: 1000.0)
    >>> copies.keep("example:{42}", "hello", fresh_until_s=1060.0, epoch=copies.epoch)
    >>> copies.fresh_for_s("example:{42}"), copies.stale("example:{42}")
    (60.0, ('hello',))
    >>> copies.drop("example:{42}")
    >>> copies.stale("example:{42}") is None
    True

Source: stale-if-error: RFC 5861, section 4; the epoch: redis.io, "Client-side caching" (race
    conditions).
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

V = TypeVar("V")


class _Copy(NamedTuple, Generic[V]):
    value: V
    seen_at_s: float  # when it was last known to be what the cache holds
    fresh_until_s: float


class Copies(Generic[V]):
    """At most ``most`` values, least recently seen first out, each usable for ``stale_for_s``.

    The age counts from when the value was last seen to be current, so an answer made of a copy
    is at most ``stale_for_s`` behind. With ``stale_for_s`` 0 nothing is ever served.
    """

    def __init__(self, *, most: int, stale_for_s: float, clock: Callable[[], float]) -> None:
        self.epoch = 0
        self._most = most
        self._stale_for_s = stale_for_s
        self._clock = clock
        self._copies: OrderedDict[str, _Copy[V]] = OrderedDict()

    def keep(self, key: str, value: V, *, fresh_until_s: float, epoch: int) -> None:
        """Keep a value that was current at ``epoch``, unless anything was dropped since."""
        # One epoch for all keys: under a storm of writes a few copies more are skipped than
        # needed, and the next hit keeps them. It costs one comparison.
        if epoch != self.epoch:
            return
        self._copies[key] = _Copy(value, self._clock(), fresh_until_s)
        self._copies.move_to_end(key)
        if len(self._copies) > self._most:
            self._copies.popitem(last=False)

    def stale(self, key: str) -> tuple[V] | None:
        """Return ``(value,)`` if a copy may still be served, else ``None``; it is fresh no more."""
        copy = self._copies.get(key)
        if copy is None or self._clock() - copy.seen_at_s >= self._stale_for_s:
            return None
        self.doubt(key)
        return (copy.value,)

    def doubt(self, key: str) -> None:
        """Count the copy as fresh no more, until it is seen again; it may still be served.

        For an answer that nobody knows to be current: whoever keeps values in front (a near
        cache) asks for how long this one is fresh, and must not be told of an older copy's life.
        """
        copy = self._copies.get(key)
        if copy is not None:
            self._copies[key] = copy._replace(fresh_until_s=0.0)

    def fresh_for_s(self, key: str) -> float:
        """Return the seconds until the value last seen expires softly; 0 when unknown."""
        copy = self._copies.get(key)
        return 0.0 if copy is None else max(0.0, copy.fresh_until_s - self._clock())

    def drop(self, key: str | None) -> None:
        """Forget one key, or all of them (``None``: invalidations may have been missed)."""
        self.epoch += 1
        if key is None:
            self._copies.clear()
        else:
            self._copies.pop(key, None)
