# SPDX-License-Identifier: MIT
"""The five steps of a lease as Lua: each is atomic, O(1), and touches one hash slot.

Closes: check-then-act from outside, where the lease can change between the check and the act.
Race (why the fill is a script):
    1. the holder asks for its lease and sees its own token
    2. a write invalidates the key: value and lease are dropped
    3. the holder sets the value it read before the write. In one script 2 cannot come between
Does not: time anything by a client's clock; all lives are counted by the server. Nor does it
    survive an asynchronous failover: a drop that was not replicated is undone (TTL, outbox relay).
Use:
    >>> async def main() -> list[bool]:
    ...     async with Redis.from_url(REDIS_URL) as redis:
    ...         scripts, token = Scripts(redis, channel="lease"), "0" * 32
    ...         await scripts.claim([Ask("example:{42}", token)], lease_s=1.0)
    ...         await scripts.drop(["example:{42}"])
    ...         return await scripts.fill([Fill("example:{42}", token, b"old", 60.0)])
    >>> asyncio.run(main())
    [False]

Source: leases: "Scaling Memcache at Facebook" (NSDI 2013), section 3.2.1; redis.io, "Scripting
    with Lua".
"""

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

# Behind the token in a lease that another process waits for.
WAITED_FOR = b"+"

# Every script: KEYS[1] value, KEYS[2] lease. A lease holds the token, and a "+" behind it once
# another process waits: only what somebody waits for is published.

# ARGV: token, lease ms, head of the unusable value seen ("" for none), 1 if the caller waits.
# Answers {value} when there is a value that the caller has not seen, {nil, 1} when the lease was
# won, {nil, 0, ms left} when somebody else holds it. This read is the waiter's re-check too.
_CLAIM = """
local value = redis.call('GET', KEYS[1])
if value and #value > 0 and (ARGV[3] == '' or string.sub(value, 1, #ARGV[3]) ~= ARGV[3]) then
  return {value, 0, 0}
end
local held = redis.call('SET', KEYS[2], ARGV[1], 'NX', 'GET', 'PX', ARGV[2])
if not held then return {false, 1, 0} end
if ARGV[4] == '1' and string.sub(held, -1) ~= '+' then redis.call('APPEND', KEYS[2], '+') end
return {false, 0, redis.call('PTTL', KEYS[2])}
"""

# ARGV: token, value, ttl ms (0: no TTL), channel, message. An absent lease refuses like a foreign
# one: after an eviction, a flush or a failover a token matches nothing; a counter could again.
_FILL = """
local held = redis.call('GET', KEYS[2])
if not held or string.sub(held, 1, #ARGV[1]) ~= ARGV[1] then return 0 end
if ARGV[3] == '0' then
  redis.call('SET', KEYS[1], ARGV[2])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
redis.call('DEL', KEYS[2])
if #held > #ARGV[1] then redis.call('PUBLISH', ARGV[4], ARGV[5]) end
return 1
"""

# ARGV: token, channel, message. The load failed: hand over now, not when the lease runs out.
_ABORT = """
local held = redis.call('GET', KEYS[2])
if not held or string.sub(held, 1, #ARGV[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2])
if #held > #ARGV[1] then redis.call('PUBLISH', ARGV[2], ARGV[3]) end
return 1
"""

# ARGV: token, lease ms.
_RENEW = """
local held = redis.call('GET', KEYS[2])
if not held or string.sub(held, 1, #ARGV[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[2], ARGV[2])
"""

# ARGV: channel, message. The lease goes even when there is no value: a load may be under way that
# read the old row, and its token must stop matching. Published always: processes keep copies.
_DROP = """
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('PUBLISH', ARGV[1], ARGV[2])
return 1
"""


class Ask(NamedTuple):
    """One claim: ``seen`` is the head of a value found expired or unreadable, else empty."""

    key: str
    token: str
    seen: bytes = b""


class Claim(NamedTuple):
    """Its answer: a value, or the lease (``won``), or the seconds left of somebody else's."""

    value: bytes | None
    won: bool
    left_s: float


class Fill(NamedTuple):
    """One value to store under a lease, for ``ttl_s`` seconds; ``None``: without a TTL."""

    key: str
    token: str
    value: bytes
    ttl_s: float | None


class Scripts:
    """The scripts bound to a client; each call is one round trip, however many keys it takes."""

    def __init__(self, redis: Redis, *, channel: str) -> None:
        self._redis = redis
        self._channel = channel

    async def claim(
        self, asks: Sequence[Ask], *, lease_s: float, waits: bool = True
    ) -> list[Claim]:
        """Return value, lease or wait for each ask."""
        lease_ms, mark = _ms(lease_s), int(waits)
        answers = await self._run(
            _CLAIM, [(ask.key, (ask.token, lease_ms, ask.seen, mark)) for ask in asks]
        )
        return [Claim(value, bool(won), left_ms / 1000) for value, won, left_ms in answers]

    async def fill(self, fills: Sequence[Fill]) -> list[bool]:
        """Store each value whose token still stands; say which were stored."""
        answers = await self._run(
            _FILL,
            [
                (
                    fill.key,
                    (fill.token, fill.value, _life_ms(fill), *self._say("filled", fill.key)),
                )
                for fill in fills
            ],
        )
        return [bool(stored) for stored in answers]

    async def abort(self, held: Sequence[tuple[str, str]]) -> None:
        """Give up the leases ``(key, token)`` that are still ours."""
        await self._run(_ABORT, [(key, (token, *self._say("failed", key))) for key, token in held])

    async def renew(self, held: Sequence[tuple[str, str]], *, lease_s: float) -> None:
        """Prolong the leases ``(key, token)`` that are still ours."""
        await self._run(_RENEW, [(key, (token, _ms(lease_s))) for key, token in held])

    async def drop(self, keys: Sequence[str]) -> None:
        """Drop value and lease of each key and tell every process."""
        await self._run(_DROP, [(key, self._say("dropped", key)) for key in keys])

    def _say(self, outcome: str, key: str) -> tuple[str, str]:
        return self._channel, f"{outcome} {key}"

    async def _run(self, source: str, calls: Sequence[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        """Run one script for each ``(key, arguments)``."""
        if not calls:
            return []
        sha = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()
        answers = await self._send("EVALSHA", sha, calls)
        # A restart, a failover or SCRIPT FLUSH forgets scripts; EVAL runs and loads in one.
        unknown = [i for i, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        if unknown:
            again = await self._send("EVAL", source, [calls[i] for i in unknown])
            for i, answer in zip(unknown, again, strict=True):
                answers[i] = answer
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return answers

    async def _send(
        self, command: str, script: str, calls: Sequence[tuple[str, tuple[Any, ...]]]
    ) -> list[Any]:
        pipe = self._redis.pipeline(transaction=False)
        for key, arguments in calls:
            # One slot per call, so a cluster client can spread them over its nodes.
            pipe.execute_command(command, script, 2, f"{key}:v", f"{key}:l", *arguments)
        return await pipe.execute(raise_on_error=False)


def _life_ms(fill: Fill) -> int:
    return 0 if fill.ttl_s is None else _ms(fill.ttl_s)


def _ms(seconds: float) -> int:
    # Redis refuses a life of 0; anything shorter than a millisecond is one millisecond.
    return max(1, round(seconds * 1000))
