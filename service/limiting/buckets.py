"""Buckets (the generic cell rate algorithm): when one is full again is all that is kept of it."""

import time
from collections import OrderedDict
from collections.abc import Callable

from redis.asyncio import Redis

from service.keys import Kind
from service.limiting.rate import Rate

# 15 MB of people. Past it the one who asked longest ago is forgotten, and has a full bucket again.
MOST_PEOPLE = 100_000
EXACT_S = 1e-6  # sums of intervals are off by less
MICRO = 1_000_000

# One script is one step for everybody: two processes cannot both take the last drop. The server's
# clock alone counts. A time further ahead than a period was set by a clock that has since been put
# back, and nobody shall wait for that.
TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local interval, period = tonumber(ARGV[1]), tonumber(ARGV[2])
local full_at = tonumber(redis.call('GET', KEYS[1]) or '')
if not full_at or full_at < now or full_at > now + period then full_at = now end
local wait = full_at + interval - period - now
if wait > 0 then return wait end
full_at = full_at + interval
local life_ms = math.ceil((full_at - now) / 1000)
redis.call('SET', KEYS[1], string.format('%.0f', full_at), 'PX', life_ms)
return 0
"""


class OwnBuckets:
    """Of this process alone: no round trip, and each process counts for itself."""

    def __init__(
        self,
        rate: Rate,
        *,
        most: int = MOST_PEOPLE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate = rate
        self._most = most
        self._clock = clock
        self._full_at_s: OrderedDict[str, float] = OrderedDict()

    def take(self, who: str) -> float:
        """Take one; 0, or for how many seconds there is none."""
        now_s = self._clock()
        full_at_s = max(self._full_at_s.get(who, now_s), now_s) + self._rate.interval_s
        wait_s = full_at_s - self._rate.per_s - now_s
        if wait_s > EXACT_S:
            return wait_s
        self._full_at_s[who] = full_at_s
        self._full_at_s.move_to_end(who)
        if len(self._full_at_s) > self._most:
            self._full_at_s.popitem(last=False)
        return 0.0


class SharedBuckets:
    """Of all processes, on Redis. Raises whatever the client raises when it does not answer."""

    def __init__(self, redis: Redis, kind: Kind, rate: Rate) -> None:
        self._kind = kind
        self._take = redis.register_script(TAKE)
        interval = max(1, round(rate.interval_s * MICRO))
        self._arguments = [interval, interval * rate.times]

    async def take(self, who: str) -> float:
        """Take one; 0, or for how many seconds there is none."""
        wait = await self._take(keys=[self._kind.key(who)], args=self._arguments)
        return int(wait) / MICRO
