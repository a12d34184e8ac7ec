# SPDX-License-Identifier: MIT
"""Hashes of counters, each with a lease beside it: what may be done to them, as atomic steps.

Closes: the half hash. HINCRBY creates what it does not find, HSET and PEXPIRE are two commands.
Race: that of its scripts (scripts.py).
Does not: wait, or load; what is asked for and not there is its caller's to load. One slot: the
    logical key needs a {hash tag}.
Use:
    >>> async def main() -> list[str]:
    ...     async with Redis.from_url(REDIS_URL) as redis:
    ...         hashes = Hashes(redis, ["likes"])
    ...         await redis.delete("hashes:{42}:h")
    ...         found, won = await hashes.claim({"hashes:{42}": "token"}, lease_s=1.0)
    ...         await hashes.create([New("hashes:{42}", "token", {"likes": 1, "version": 1}, 60)])
    ...         return [await hashes.add("hashes:{42}", 2, {"likes": 1}) for _ in range(2)]
    >>> asyncio.run(main())
    ['added', 'repeated']

Source: redis.io, "HINCRBY", "Scripting with Lua".
"""

import contextlib
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from redis.asyncio import Redis, RedisCluster
from redis.exceptions import NoScriptError

from .scripts import ADD, CLAIM, CREATE, DROP, READ, RELEASE

Value: TypeAlias = dict[str, int] | None
Call: TypeAlias = tuple[Sequence[str], Sequence[Any]]  # the keys of a script, its arguments
Read: TypeAlias = Callable[[Sequence[str]], Awaitable[Sequence[Any]]]  # the raw answers, in order

# PEXPIRE refuses a life beyond its clock, and after HSET a refusal would leave a hash for ever.
_LONGEST_S = 10**9  # some thirty years


class New(NamedTuple):
    """A hash to create under a lease, for ``ttl_s`` seconds; ``None`` marks a known absence."""

    key: str
    token: str
    value: Value
    ttl_s: float


def as_it_is(read: Read) -> Read:
    """Merge nothing."""
    return read


class Hashes:
    """The steps, bound to a client; each is one round trip, however many keys it takes.

    ``merge`` may put something before the reads, that makes one of several (auto_batch.py).
    """

    def __init__(
        self, redis: Redis, fields: Sequence[str], *, merge: Callable[[Read], Read] = as_it_is
    ) -> None:
        self._redis = redis
        self._fields = (*fields, "version")
        self._raw = merge(self._read)
        self._is_cluster = isinstance(redis, RedisCluster)  # there a script sees one slot only

    async def read(self, keys: Sequence[str]) -> dict[str, Value]:
        """Return what is sound among ``keys``; of foreign or broken content nothing is said."""
        return self._sound(zip(keys, await self._raw(keys), strict=True))

    async def _read(self, keys: Sequence[str]) -> Sequence[Any]:
        groups = [[key] for key in keys] if self._is_cluster else [keys]
        calls = [([f"{key}:h" for key in group], self._fields) for group in groups]
        return [raw for group in await self._run(READ, calls) for raw in group]

    async def claim(
        self, tokens: Mapping[str, str], *, lease_s: float
    ) -> tuple[dict[str, Value], dict[str, str]]:
        """Look again, and ask for the lease where nothing is; return values and leases won."""
        calls = [
            (_pair(key), (token, _ms(lease_s), *self._fields)) for key, token in tokens.items()
        ]
        answers = dict(zip(tokens, await self._run(CLAIM, calls), strict=True))
        won = {key: tokens[key] for key, answer in answers.items() if answer == 1}
        return self._sound(answers.items()), won

    async def create(self, news: Sequence[New]) -> list[bool]:
        """Write each hash whose token still stands, whole; say which were written."""
        calls = []
        for new in news:
            # The version in the place of the version: what is absent has no fields to be read.
            held = {"version": "absent"} if new.value is None else new.value
            pairs = [part for pair in held.items() for part in pair]
            calls.append((_pair(new.key), (new.token, _ms(new.ttl_s), *pairs)))
        return [bool(written) for written in await self._run(CREATE, calls)]

    async def release(self, held: Mapping[str, str]) -> None:
        """Give up the leases (key to token) that are still ours."""
        await self._run(RELEASE, [(_pair(key), (token,)) for key, token in held.items()])

    async def add(self, key: str, version: int, steps: Mapping[str, int]) -> str:
        """Step the hash; answer ``added``, ``repeated``, ``step_lost`` or ``not_cached``."""
        pairs = [part for pair in steps.items() for part in pair]
        [answer] = await self._run(ADD, [(_pair(key), (version, *pairs))])
        return bytes(answer).decode()

    async def drop(self, keys: Sequence[str]) -> None:
        """Drop hash and lease, the lease also where there is no hash."""
        await self._run(DROP, [(_pair(key), ()) for key in keys])

    def _sound(self, answers: Iterable[tuple[str, Any]]) -> dict[str, Value]:
        """Read the answers that are counters; the others are of no key here."""
        found: dict[str, Value] = {}
        for key, raw in answers:
            if isinstance(raw, list) and raw[-1] == b"absent":
                found[key] = None
            elif isinstance(raw, list) and None not in raw:
                with contextlib.suppress(ValueError):
                    found[key] = dict(zip(self._fields, map(int, raw), strict=True))
        return found

    async def _run(self, source: str, calls: Sequence[Call]) -> list[Any]:
        """Run one script for each call; all in one round trip."""
        sha = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()
        answers = await self._send("EVALSHA", sha, calls)
        # A restart, a failover or SCRIPT FLUSH forgets scripts; EVAL runs and loads in one.
        unknown = [i for i, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        if unknown:
            again = iter(await self._send("EVAL", source, [calls[i] for i in unknown]))
            answers = [next(again) if i in unknown else answers[i] for i in range(len(calls))]
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return answers

    async def _send(self, command: str, script: str, calls: Sequence[Call]) -> list[Any]:
        pipe = self._redis.pipeline(transaction=False)
        for keys, arguments in calls:
            pipe.execute_command(command, script, len(keys), *keys, *arguments)
        return await pipe.execute(raise_on_error=False)


def _pair(key: str) -> tuple[str, str]:
    return f"{key}:h", f"{key}:l"


def _ms(seconds: float) -> int:
    # Redis refuses a life of 0; anything shorter than a millisecond is one millisecond.
    return max(1, round(min(seconds, _LONGEST_S) * 1000))
