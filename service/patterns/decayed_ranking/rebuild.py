# SPDX-License-Identifier: MIT
"""Rebuild: make a whole ranking of past events while new ones come in, each counted once.

Closes: the vote counted twice, or not at all, because it came while the ranking was made anew.
Race (why time is cut in two):
    1. a rebuild reads all votes; a vote is committed, and read
    2. its ``add`` reaches Redis after the rebuild began: is it in what was read, or is it not?
    3. counted again it is there twice; left out, a vote that was not read is lost
  So a moment ``from_s`` a little ahead is chosen: events from then on are noted in a log, and the
  load, begun when they have been under way for a while, reads those before. What arrives during
  the load and is older, late or undone, could be either: then nothing is stored, and the caller
  tries again. After the store an older add was loaded, and is refused, however late it comes.
Does not: hurry: it waits two seconds first (twice ``settle_s``), one behind the load. An event must
    be committed within ``settle_s`` of its ``at_s``, differences of clocks included, and before
    its ``add`` is called: committed later, and older than the cut, it is lost until the next
    rebuild. An undo must arrive within ``settle_s`` of its commit: later it may be taken for that
    of an event which was loaded, and take from others.
Use:
    >>> async def votes(since_s: float, until_s: float) -> list[Event]:
    ...     return [Event("post:42", 1.0, 999_990.0)]
    >>> async def main() -> bool:
    ...     async with Redis.from_url(REDIS_URL) as redis:
    ...         scripts = Scripts(redis, "hot:{rebuilt}", most=5000, ttl_s=60.0)
    ...         rebuild = Rebuild(scripts, 3600, 0.001, 30.0, clock=lambda: 1_000_000.0)
    ...         return await rebuild.run(votes)
    >>> asyncio.run(main())
    True

Source: DBLog, "A Watermark Based Change-Data-Capture Framework" (Andreakis, Papapanagiotou, 2020):
    a snapshot below a watermark, a log above it.
"""

import asyncio
import contextlib
import math
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias

from .scripts import SHARED, Scripts
from .sums import ERAS, HALF_LIVES, Event, collected, score

Load: TypeAlias = Callable[[float, float], Awaitable[Iterable[Event]]]

# Behind most and ttl, ARGV: token, from, ms.
_BEGIN = """
if redis.call('EXISTS', KEYS[3]) == 1 then return 0 end
redis.call('HSET', KEYS[3], 'token', ARGV[3], 'from', ARGV[4])
return redis.call('PEXPIRE', KEYS[3], ARGV[5])
"""

# ARGV: token.
_LOADING = """
if redis.call('HGET', KEYS[3], 'token') ~= ARGV[3] then return 0 end
return redis.call('HSET', KEYS[3], 'loading', 1)
"""

# ARGV: token.
_END = """
if redis.call('HGET', KEYS[3], 'token') ~= ARGV[3] then return 0 end
return redis.call('DEL', KEYS[3])
"""

# ARGV: token, era, how many members; score and member of each; member and record of each.
_STORE = f"""{SHARED}
if redis.call('HGET', KEYS[3], 'token') ~= ARGV[3] then return 0 end
local log, from = redis.call('HGETALL', KEYS[3]), redis.call('HGET', KEYS[3], 'from')
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
mark(ARGV[4], from)
local size = 2 * ARGV[5]
for i = 6, 5 + size, 1000 do
  local last = math.min(i + 999, 5 + size)
  redis.call('ZADD', KEYS[1], unpack(ARGV, i, last))
  redis.call('HSET', KEYS[2], unpack(ARGV, i + size, last + size))
end
for i = 1, #log, 2 do
  local era, member = string.match(log[i], '^(%-?%d+):(.*)$')
  if era then change(member, tonumber(era), tonumber(log[i + 1])) end
end
trim_and_keep()
return 1
"""


class Rebuild:
    """Rebuilds of one ranking; one at a time in the fleet, given up after ``rebuild_s``."""

    def __init__(
        self,
        scripts: Scripts,
        half_life_s: float,
        settle_s: float,
        rebuild_s: float,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        token: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._scripts = scripts
        self._half_life_s = half_life_s
        self._settle_s = settle_s
        self._rebuild_s = rebuild_s
        self._clock = clock
        self._sleep = sleep
        self._token = token

    async def run(self, load: Load) -> bool:
        """Make the ranking of what ``load(since_s, until_s)`` finds; say whether it was stored."""
        token = self._token()
        from_s = self._clock() + self._settle_s
        most_ms = round((self._rebuild_s + 3 * self._settle_s) * 1000)
        if not await self._scripts.run(_BEGIN, token, repr(from_s), most_ms):
            return False
        try:
            # Events from before ``from_s`` get this long to be committed.
            await self._sleep(2 * self._settle_s)
            if not await self._scripts.run(_LOADING, token):
                return False
            return await self._fill(token, from_s, load)
        finally:
            # The next rebuild need not wait for the end of this one's time. If that cannot be said,
            # whatever the reason (a cut link is a RuntimeError under uvloop), the log ends by
            # itself; the caller must see why the load failed.
            with contextlib.suppress(Exception):
                await self._scripts.run(_END, token)

    async def _fill(self, token: str, from_s: float, load: Load) -> bool:
        era_s = HALF_LIVES * self._half_life_s
        era = math.floor(from_s / era_s)
        found = await load((era - ERAS + 1) * era_s, from_s)
        # An undo that was committed before the read is under way for so long: it ends the rebuild.
        await self._sleep(self._settle_s)
        # What the load found beyond its bound is in the log as well.
        events = (event for event in found if event.at_s < from_s)
        sums = collected(events, era, half_life_s=self._half_life_s)
        scores = {member: score(each) for member, each in sums.items()}
        best = sorted(scores, key=lambda member: -scores[member])[: self._scripts.most]
        ranking = [part for member in best for part in (repr(scores[member]), member)]
        records = [
            part
            for member in best
            for part in (member, " ".join(map(str, [era, *sums[member], 0])))
        ]
        stored = await self._scripts.run(_STORE, token, era, len(best), *ranking, *records)
        return bool(stored)
