# SPDX-License-Identifier: MIT
"""Tokens: the right to store a value, lost to any invalidation between its load and its store.

Closes: a load that is overtaken by a write and stores what it read before.
Race (why the store is a script):
    1. a loader asks for its token and sees that it stands
    2. a write invalidates the key: value and token are dropped
    3. the loader stores the value it read before the write. In one script 2 cannot come between
Does not: survive an asynchronous failover: a drop that was not replicated is undone, and the hard
    expiry is the bound. Each step is O(1) and touches one hash slot; any number is a round trip.
Use:
    >>> async def main() -> list[object]:
    ...     async with Redis.from_url(REDIS_URL) as redis:
    ...         tokens = Tokens(redis, token=lambda: "mine")
    ...         claims = await tokens.claim({"tokens:{42}": b""}, for_s=5.0)
    ...         await tokens.drop(["tokens:{42}"])
    ...         held = {key: claim.token for key, claim in claims.items()}
    ...         refused = await tokens.store(held, {"tokens:{42}": b"old"}, for_s=60.0)
    ...         return [claims, refused]
    >>> asyncio.run(main())
    [{'tokens:{42}': Claim(token=b'mine', mine=True)}, ['tokens:{42}']]

Source: leases: "Scaling Memcache at Facebook" (NSDI 2013), section 3.2.1.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

# Every script: KEYS[1] value, KEYS[2] token.

# ARGV: token, ms, first bytes of the value seen. Answers the token that stands: this one, or that
# of another load; or nothing when the value is not the one seen: another load is over already.
_CLAIM = """
if redis.call('GETRANGE', KEYS[1], 0, #ARGV[3] - 1) ~= ARGV[3] then return '' end
return redis.call('SET', KEYS[2], ARGV[1], 'NX', 'GET', 'PX', ARGV[2]) or ARGV[1]
"""

# ARGV: token, value, ms. An absent token refuses like a foreign one: after an eviction, a flush or
# a failover a random token matches nothing, where a counter could match again.
_STORE = """
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
return 1
"""

# ARGV: token, ms.
_KEEP = """
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[2], ARGV[2])
"""


class Claim(NamedTuple):
    """The token that stands after a claim; empty when the value is not the one seen."""

    token: bytes
    mine: bool


class Tokens:
    """The steps bound to a client. A key's value lies at ``key:s``, its token at ``key:t``."""

    def __init__(self, redis: Redis, *, token: Callable[[], str]) -> None:
        self._redis = redis
        self._token = token

    async def claim(self, seen: Mapping[str, bytes], *, for_s: float) -> dict[str, Claim]:
        """Set a token where none stands, for each key of ``seen``.

        ``seen`` gives the first bytes of the value that the caller saw, ``b""`` for none.
        """
        tokens = {key: self._token().encode() for key in seen}
        calls = {key: (tokens[key], _ms(for_s), head) for key, head in seen.items()}
        answers = await self._run(_CLAIM, calls)
        return {key: Claim(held, held == tokens[key]) for key, held in answers.items()}

    async def store(
        self, tokens: Mapping[str, bytes], values: Mapping[str, bytes], *, for_s: float
    ) -> list[str]:
        """Store the values whose token still stands; return the keys that were refused."""
        calls = {key: (token, values[key], _ms(for_s)) for key, token in tokens.items()}
        return [key for key, stored in (await self._run(_STORE, calls)).items() if not stored]

    async def keep(self, tokens: Mapping[str, bytes], *, for_s: float) -> None:
        """Let the tokens that still stand stand for ``for_s`` more, and no longer."""
        await self._run(_KEEP, {key: (token, _ms(for_s)) for key, token in tokens.items()})

    async def drop(self, keys: Sequence[str]) -> None:
        """Drop value and token of each key, whichever there is."""
        pipe = self._redis.pipeline(transaction=False)
        for key in keys:
            pipe.delete(f"{key}:s", f"{key}:t")
        await pipe.execute()

    async def _run(self, source: str, calls: Mapping[str, tuple[Any, ...]]) -> dict[str, Any]:
        """Run one script for each key with its arguments."""
        sha = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()
        answers = await self._send("EVALSHA", sha, calls)
        # A restart, a failover or SCRIPT FLUSH forgets scripts; EVAL runs and loads in one.
        unknown = [key for key, answer in answers.items() if isinstance(answer, NoScriptError)]
        if unknown:
            answers |= await self._send("EVAL", source, {key: calls[key] for key in unknown})
        for answer in answers.values():
            if isinstance(answer, Exception):
                raise answer
        return answers

    async def _send(
        self, command: str, script: str, calls: Mapping[str, tuple[Any, ...]]
    ) -> dict[str, Any]:
        pipe = self._redis.pipeline(transaction=False)
        for key, arguments in calls.items():
            # One slot per call, so a cluster client can spread them over its nodes.
            pipe.execute_command(command, script, 2, f"{key}:s", f"{key}:t", *arguments)
        return dict(zip(calls, await pipe.execute(raise_on_error=False), strict=True))


def _ms(seconds: float) -> int:
    # Redis refuses a life of 0; anything shorter than a millisecond is one millisecond.
    return max(1, round(seconds * 1000))
