# SPDX-License-Identifier: MIT
"""Decayed ranking: a trending list in which an event counts half as much after each half-life.

Closes: the job that rescores everything as time passes, and undo that leaves a remainder.
Race (the late undo, in a ranking that lets its scores decay):
    1. a vote adds 1 to post 42; six hours later a job has halved its score
    2. the vote is taken back and 1 is subtracted: post 42 is now below posts that nobody liked
  Here no score decays. A *newer* event adds more, twice as much with each half-life: the order is
  the same, it never changes by time alone, and an undo subtracts what its event had added, to the
  last bit. So keep the time of the event, and pass it again.
Does not: know events apart: one that is delivered twice counts twice. A member that was trimmed
    starts from 0 (a late undo for it takes from its newer votes). Events that have lost 32
    half-lives are neither added nor undone: at 6 h, from eight days on. Cost: per event a script,
    O(log n); some 200 bytes a member.
Use:
    >>> async def main() -> list[Ranked] | None:
    ...     async with Redis.from_url(REDIS_URL) as redis:
    ...         hot = DecayedRanking(redis, key="hot:{posts}", half_life_s=6 * 3600)
    ...         await hot.invalidate()  # what an earlier run has left
    ...         await hot.create()
    ...         await hot.add("post:41", weight=1, at_s=time.time() - 6 * 3600)
    ...         await hot.add("post:42", weight=2, at_s=time.time())
    ...         return await hot.top(10)
    >>> [(each.member, round(each.score, 2)) for each in asyncio.run(main())]
    [('post:42', 2.0), ('post:41', 0.5)]

Source: Cormode, Shkapenyuk, Srivastava, Xu, "Forward Decay: A Practical Time Decay Model for
    Streaming Systems" (ICDE 2009).
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from redis.asyncio import Redis

from .rebuild import Load, Rebuild
from .scripts import CHANGE, CREATE, TOP, Scripts
from .sums import Event, step, weight_at

# A time in milliseconds, or of a clock gone mad, would begin an era far ahead, in which all that
# is ranked counts for nothing. No honest clock is an hour ahead; nor a half-life, when that is
# shorter: what is ahead then counts twice at most, and begins no era but the next.
_MOST_AHEAD_S = 3600.0


def _silent(_event: str, **_details: object) -> None:
    """Count nothing."""


class Ranked(NamedTuple):
    """A member, and the sum of its weights as they have decayed by now."""

    member: str
    score: float


class DecayedRanking:
    """One ranking at ``key``, which needs a hash tag; another half-life needs another key.

    It keeps the ``most`` best and lives ``ttl_s`` seconds from the last event. Weights go from
    0.001 to 100 million, times are seconds since the epoch, at most an hour ahead (and at most a
    half-life), members strings that do not begin with ``~``; anything else raises ``ValueError``.
    ``observe`` gets ``hit`` or ``miss`` for a list, ``refused_fill`` for a rebuild not stored,
    with ``key``.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        key: str,
        half_life_s: float,
        most: int = 5000,
        ttl_s: float = 30 * 86400.0,
        settle_s: float = 1.0,
        rebuild_s: float = 60.0,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        token: Callable[[], str] = lambda: secrets.token_hex(16),
        observe: Callable[..., None] = _silent,
    ) -> None:
        self._redis = redis
        self._key = key
        self._half_life_s = half_life_s
        self._most_ahead_s = min(_MOST_AHEAD_S, half_life_s)
        self._clock = clock
        self._observe = observe
        self._scripts = Scripts(redis, key, most=most, ttl_s=ttl_s)
        self._rebuild = Rebuild(
            self._scripts, half_life_s, settle_s, rebuild_s, clock=clock, sleep=sleep, token=token
        )

    async def add(self, member: str, weight: float, at_s: float) -> bool:
        """Count an event; ``False`` if it is too old, or there is no ranking: none is made.

        ``False`` as well for one from before the last rebuild, which has counted it already.
        """
        return await self._change(Event(member, weight, at_s), 1)

    async def undo(self, member: str, weight: float, at_s: float) -> bool:
        """Take an event back: weight and time must be those of the ``add``.

        The score is then what it was if the event had never been, to the last bit.
        """
        return await self._change(Event(member, weight, at_s), -1)

    async def top(self, n: int) -> list[Ranked] | None:
        """Return the best ``n``, or ``None`` if there is no ranking. ``ValueError`` below 1."""
        if n < 1:
            raise ValueError(f"A list has at least one place, not {n}.")
        marker, best = await self._scripts.run(TOP, n - 1)
        self._observe("hit" if marker else "miss", key=self._key)
        if not marker:
            return None
        era = int(marker[0][1:].split()[0])  # "~era cut"
        return [
            Ranked(member.decode(), self._decayed(float(units), era))
            for member, units in zip(best[::2], best[1::2], strict=True)
            if member != marker[0]
        ]

    async def create(self) -> bool:
        """Make an empty ranking where there is none: for a service without a past."""
        era, _units = step(1.0, self._clock(), half_life_s=self._half_life_s)
        return bool(await self._scripts.run(CREATE, era))

    async def rebuild(self, load: Load) -> bool:
        """Make the ranking of past events; ``load(since_s, until_s)`` finds those in between.

        Says ``False`` when it was not stored: another rebuild is under way, an event could not be
        told to be counted or not, or ``invalidate`` came. Then try again.

        An event must be committed within ``settle_s`` of its ``at_s``, an undo must arrive within
        ``settle_s`` of its commit: rebuild.py says what becomes of those that do not.
        """
        stored = await self._rebuild.run(load)
        if not stored:
            self._observe("refused_fill", key=self._key)
        return stored

    async def invalidate(self) -> None:
        """Drop the ranking, and the right of a rebuild under way to store one."""
        await self._redis.delete(*(f"{self._key}:{part}" for part in "zhb"))

    async def _change(self, event: Event, sign: int) -> bool:
        if event.member.startswith("~"):
            raise ValueError(f"A member must not begin with '~': {event.member!r}.")
        if event.at_s > self._clock() + self._most_ahead_s:
            raise ValueError(f"{event.at_s} is in the future: give seconds since the epoch.")
        era, units = step(event.weight, event.at_s, half_life_s=self._half_life_s)
        counted = await self._scripts.run(CHANGE, event.member, era, sign * units, repr(event.at_s))
        return bool(counted)

    def _decayed(self, units: float, era: int) -> float:
        return weight_at(units, era, self._clock(), half_life_s=self._half_life_s)
