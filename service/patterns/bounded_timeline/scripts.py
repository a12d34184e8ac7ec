# SPDX-License-Identifier: MIT
"""The three steps of a bounded timeline as Lua: each is atomic and touches one hash slot.

Closes: a timeline seen between two of its states, and one that a push made out of nothing.
Race (why a push looks and adds in one script):
    1. a push asks whether reader R has a timeline: yes
    2. the timeline expires
    3. the push adds its post: R has a timeline again, of one post, and nobody rebuilds it
Does not: bound the log of a rebuild but by its life: it grows by one field per id pushed meanwhile.
    Cost per reader: an id is O(log n), or O(n) in the compact form that short sorted sets have; a
    rebuild is about a millisecond of the server's time for 800 ids.
Use:
    >>> async def main() -> list[object]:
    ...     async with Redis.from_url(REDIS_URL) as redis:
    ...         scripts = Scripts(redis, most=800)
    ...         return await scripts.change(["timeline:{absent}"], [42], add=True)
    >>> asyncio.run(main())
    [False]

Source: redis.io, "Sorted sets" (scores are doubles), "Scripting with Lua".
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

# Ids times readers in one round trip, where a call is as much as two ids: some milliseconds of the
# server's time. Then others have their turn, and who waits 50 ms for a pipeline has its answers.
_AT_ONCE = 500
_CALL = 2

# Every script: KEYS[1] the timeline; KEYS[2] the log of a rebuild: its token, and by id what was
# done last since the token was set. In the timeline the member of score -inf is "~" and the floor:
# every id above the floor is here, below it nothing is known. So an empty timeline differs from an
# absent one, and a page that reaches the end says so. Ids stay strings: Lua would round them. It is
# cut after each id: a set that was too long for the compact form once never takes it again.
_SHARED = """
local most, floor
local function trim()
  local excess = redis.call('ZCARD', KEYS[1]) - 1 - most
  if excess <= 0 then return end
  local cut = redis.call('ZRANGE', KEYS[1], excess, excess)[1]
  redis.call('ZREMRANGEBYRANK', KEYS[1], 0, excess)
  redis.call('ZADD', KEYS[1], '-inf', '~' .. cut)
  floor = tonumber(cut)
end
local function add(id)
  if tonumber(id) > floor and redis.call('ZADD', KEYS[1], id, id) == 1 then trim() end
end
"""

# ARGV: most, 1 to add or 0 to remove, ids. Answers 1 if there is a timeline. The newest ids come
# first: once they have raised the floor, the others are not even added.
_CHANGE = f"""{_SHARED}
if redis.call('EXISTS', KEYS[2]) == 1 then
  for i = 3, #ARGV do redis.call('HSET', KEYS[2], ARGV[i], ARGV[2]) end
end
if redis.call('TYPE', KEYS[1]).ok ~= 'zset' then return 0 end
most = tonumber(ARGV[1])
floor = tonumber(string.sub(redis.call('ZRANGE', KEYS[1], 0, 0)[1], 2))
trim()
for i = 3, #ARGV do
  if ARGV[2] == '1' then add(ARGV[i]) else redis.call('ZREM', KEYS[1], ARGV[i]) end
end
return 1
"""

# ARGV: token, ms. Answers the token that stands. A log that began before a load is whole for that
# load, whoever began it: of several rebuilds the first one stores, also when another died.
_BEGIN = """
local standing = redis.call('HGET', KEYS[2], 'token')
if standing then return standing end
redis.call('HSET', KEYS[2], 'token', ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return ARGV[1]
"""

# ARGV: token, most, ttl ms, floor, and each id twice, as score and member: 500 in one command.
# Without its token the log is not whole: nothing is stored. What it removes makes room first.
_STORE = f"""{_SHARED}
if redis.call('HGET', KEYS[2], 'token') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[2], 'token')
local log = redis.call('HGETALL', KEYS[2])
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('ZADD', KEYS[1], '-inf', '~' .. ARGV[4])
most, floor = tonumber(ARGV[2]), tonumber(ARGV[4])
for i = 5, #ARGV, 1000 do
  redis.call('ZADD', KEYS[1], unpack(ARGV, i, math.min(i + 999, #ARGV)))
end
for i = 1, #log, 2 do redis.call('ZREM', KEYS[1], log[i]) end
for i = 1, #log, 2 do if log[i + 1] == '1' then add(log[i]) end end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""


class Scripts:
    """The scripts bound to a client. An owner's timeline lies at ``owner:z``, a log at ``owner:b``.

    ``most`` is how many ids a timeline keeps.
    """

    def __init__(self, redis: Redis, *, most: int) -> None:
        self._redis = redis
        self._most = most

    async def change(self, owners: Sequence[str], ids: Sequence[int], *, add: bool) -> list[bool]:
        """Add ids to each timeline that exists, or take them out; say which exist."""
        answers: list[Any] = []
        arguments = (self._most, int(add), *sorted(ids, reverse=True))
        step = max(1, _AT_ONCE // (len(ids) + _CALL))
        for start in range(0, len(owners), step):
            answers += await self._run(_CHANGE, owners[start : start + step], arguments)
        return [bool(exists) for exists in answers]

    async def begin(self, owner: str, token: str, *, for_s: float) -> bytes:
        """Begin a log, or find the one that stands; return its token."""
        [standing] = await self._run(_BEGIN, [owner], (token, _ms(for_s)))
        return bytes(standing)

    async def store(
        self, owner: str, token: bytes, ids: Sequence[int], *, floor: int, ttl_s: float
    ) -> bool:
        """Make the timeline of ``ids`` and the log, if the token still stands."""
        pairs = [part for each in ids for part in (each, each)]
        arguments = (token, self._most, _ms(ttl_s), floor, *pairs)
        [stored] = await self._run(_STORE, [owner], arguments)
        return bool(stored)

    async def _run(
        self, source: str, owners: Sequence[str], arguments: tuple[Any, ...]
    ) -> list[Any]:
        """Run one script for each owner."""
        sha = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()
        answers = await self._send("EVALSHA", sha, owners, arguments)
        # A restart, a failover or SCRIPT FLUSH forgets scripts; EVAL runs and loads in one.
        unknown = [i for i, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        if unknown:
            again = await self._send("EVAL", source, [owners[i] for i in unknown], arguments)
            for i, answer in zip(unknown, again, strict=True):
                answers[i] = answer
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return answers

    async def _send(
        self, command: str, script: str, owners: Sequence[str], arguments: tuple[Any, ...]
    ) -> list[Any]:
        pipe = self._redis.pipeline(transaction=False)
        for owner in owners:
            # One slot per call, so a cluster client can spread them over its nodes.
            pipe.execute_command(command, script, 2, f"{owner}:z", f"{owner}:b", *arguments)
        return await pipe.execute(raise_on_error=False)


def _ms(seconds: float) -> int:
    # Redis refuses a life of 0; anything shorter than a millisecond is one millisecond.
    return max(1, round(seconds * 1000))
