# SPDX-License-Identifier: MIT
"""The steps of a decayed ranking as Lua: add to a sum, make its score, begin an era, trim.

Closes: scores that grow into ``inf``, and half a ranking made by an event that found none.
Race (why one script adds, ranks and begins eras):
    1. the first event of a new era comes to process A, which divides all scores by 2^16
    2. process B has not heard of it and adds an event of the era before: 2^16 times too much
    3. B's post is on top for days. In the script the era stands beside the scores it belongs to
Does not: divide in pieces. A new era is one ZUNIONSTORE of at most ``most`` members, once in 16
    half-lives: some 10 ms for 5,000, in which the server does nothing else.
Use:
    >>> async def main() -> list[object]:
    ...     async with Redis.from_url(REDIS_URL) as redis:
    ...         scripts = Scripts(redis, "hot:{example}", most=5000, ttl_s=60.0)
    ...         await redis.delete("hot:{example}:z")
    ...         vote = ("post:42", 7, 1024, 1.0)
    ...         return [await scripts.run(CHANGE, *vote), await scripts.run(CREATE, 7),
    ...                 await scripts.run(CHANGE, *vote)]
    >>> asyncio.run(main())
    [0, 1, 1]

Source: redis.io, ZUNIONSTORE (WEIGHTS), "Scripting with Lua"; IEEE 754: a product with a power of
    two changes the exponent alone.
"""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from .sums import FLOOR, HALVED

# Every script: KEYS[1] the ranking. Its member of score -inf is "~", the era of its scores, and the
# cut: adds from before it were counted by the rebuild. So an empty ranking differs from an absent
# one, and the cut is never lost alone. KEYS[2] holds by member "era newest middle oldest
# rest": the sums of three eras, and the score of all before. The last is not added to any more, so
# the score, always made in the same way, has equal bits for equal sums. KEYS[3] is the log of a
# rebuild: token, "from", "loading", and by "era:member" what was added since.
# ARGV[1] most, ARGV[2] ttl in ms.
SHARED = f"""
local HALVED = {HALVED!r}
local function shown()
  local marker = redis.call('ZRANGE', KEYS[1], 0, 0)[1]
  if not marker then return end
  local era, cut = string.match(marker, '^~(%S+) (%S+)$')
  return tonumber(era), tonumber(cut), cut
end
local function mark(era, cut) redis.call('ZADD', KEYS[1], '-inf', '~' .. era .. ' ' .. cut) end
local function forget(members)
  for i = 1, #members, 1000 do
    local last = math.min(i + 999, #members)
    redis.call('ZREM', KEYS[1], unpack(members, i, last))
    redis.call('HDEL', KEYS[2], unpack(members, i, last))
  end
end
local function begin_era(old, new)
  local _, _, cut = shown()
  local factor = string.format('%.17g', HALVED ^ (new - old))
  redis.call('ZUNIONSTORE', KEYS[1], 1, KEYS[1], 'WEIGHTS', factor)
  redis.call('ZREM', KEYS[1], '~' .. old .. ' ' .. cut)
  mark(new, cut)
  forget(redis.call('ZRANGE', KEYS[1], 0, '({FLOOR!r}', 'BYSCORE'))
end
local function count(member, era, step, now)
  local record = redis.call('HGET', KEYS[2], member)
  if not record ~= not redis.call('ZSCORE', KEYS[1], member) then
    redis.call('DEL', KEYS[1], KEYS[2])  -- one of the two was evicted: what is left is no ranking
    return 0
  end
  local sums = {{}}
  for sum in string.gmatch(record or now .. ' 0 0 0 0', '%S+') do
    sums[#sums + 1] = tonumber(sum)
  end
  for _ = sums[1] + 1, now do
    sums = {{now, 0, sums[2], sums[3], sums[5] * HALVED + sums[4]}}
  end
  local place = now - era + 2
  if place > 4 or sums[place] + step < 0 then return 0 end
  sums[place] = sums[place] + step
  local score = ((sums[5] * HALVED + sums[4]) * HALVED + sums[3]) * HALVED + sums[2]
  if score == 0 then
    forget({{member}})
  else
    record = string.format('%d %.0f %.0f %.0f %.17g', now, unpack(sums, 2))
    redis.call('HSET', KEYS[2], member, record)
    redis.call('ZADD', KEYS[1], string.format('%.17g', score), member)
  end
  return 1
end
local function change(member, era, step)
  local now = shown()
  if not now or step < 0 and era > now then return 0 end
  if era > now then begin_era(now, era) end
  return count(member, era, step, math.max(now, era))
end
local function trim_and_keep()
  local excess = redis.call('ZCARD', KEYS[1]) - 1 - ARGV[1]
  if excess > 0 then forget(redis.call('ZRANGE', KEYS[1], 1, excess)) end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  redis.call('PEXPIRE', KEYS[2], ARGV[2])
end
"""

# ARGV: member, era, step, at. An event from before "from" is the load's to find; once the load has
# begun nobody can say whether it did, so the rebuild is given up. Once it is stored it did: an add
# is refused, an undo taken for one of what was found.
CHANGE = f"""{SHARED}
local from = redis.call('HGET', KEYS[3], 'from')
if from and tonumber(ARGV[6]) >= tonumber(from) then
  redis.call('HINCRBY', KEYS[3], ARGV[4] .. ':' .. ARGV[3], ARGV[5])
elseif from and redis.call('HEXISTS', KEYS[3], 'loading') == 1 then
  redis.call('DEL', KEYS[3])
end
local _, cut = shown()
if cut and tonumber(ARGV[5]) > 0 and tonumber(ARGV[6]) < cut then return 0 end
local counted = change(ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]))
trim_and_keep()
return counted
"""

# ARGV: era.
CREATE = f"""{SHARED}
if shown() then return 0 end
redis.call('DEL', KEYS[2])
mark(ARGV[3], 0)
trim_and_keep()
return 1
"""

# ARGV: how many, less one. The marker, which names the era that the scores belong to, and the best
# with their scores: as one script, since a cluster client has no transaction fit for use.
TOP = """
return {
  redis.call('ZRANGE', KEYS[1], 0, 0),
  redis.call('ZRANGE', KEYS[1], 0, ARGV[3], 'REV', 'WITHSCORES'),
}
"""


class Scripts:
    """The scripts of one ranking: scores at ``key:z``, sums at ``key:h``, a log at ``key:b``."""

    def __init__(self, redis: Redis, key: str, *, most: int, ttl_s: float) -> None:
        self.most = most
        self._redis = redis
        self._keys = [f"{key}:z", f"{key}:h", f"{key}:b"]
        self._always = [most, max(1, round(ttl_s * 1000))]

    async def run(self, source: str, *arguments: object) -> Any:
        """Run a script with the arguments behind the two that all have; return its answer."""
        sha = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()
        rest: list[Any] = [len(self._keys), *self._keys, *self._always, *arguments]
        send: Callable[..., Awaitable[Any]] = self._redis.execute_command
        try:
            return await send("EVALSHA", sha, *rest)
        except NoScriptError:
            # A restart, a failover or SCRIPT FLUSH forgets scripts; EVAL runs and loads in one.
            return await send("EVAL", source, *rest)
