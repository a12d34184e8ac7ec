# SPDX-License-Identifier: MIT
"""Generation (namespace version): a random part of many keys; a new one invalidates them all.

Closes: invalidating pages that nobody can list, by KEYS, SCAN or a guess at how many there are.
Race (why a load overtaken by a change does no harm):
    1. reader R asks for the generation, 7f3a, misses page 1 of it, and loads the old comments
    2. writer W commits a comment and bumps: the generation is c05e
    3. R stores the old page under 7f3a, where nobody looks any more; its TTL takes it away
    4. reader S asks for c05e, misses, and loads what W wrote
  So: take the generation *before* the load, bump *after* the commit. The other way round the old
  page is stored under the new generation.
Does not: free memory at once (each bump leaves dead pages until their TTL, so keep it short), drop
    less than all, or heal a bump that was never made or lost in a failover: the pages' TTL does.
    Cost: one GET before each page, in sequence; a group that is bumped all the time never hits.
Use:
    >>> async def main() -> bool:
    ...     async with Redis.from_url(REDIS_URL) as redis:
    ...         comments = Generation(redis)
    ...         name = "example:{42}:comments"
    ...         page_1 = f"{name}:{await comments.current(name)}:1"
    ...         await comments.bump(name)
    ...         return page_1 == f"{name}:{await comments.current(name)}:1"
    >>> asyncio.run(main())
    False

Source: memcached wiki, "Namespacing"; why random and no counter: see ``current``.
"""

import random
import secrets
from collections.abc import Callable
from typing import Protocol, cast

from redis.asyncio import Redis


class Generation:
    """The generations of groups of keys, each at ``{name}:g`` and alive for ``ttl_s`` seconds.

    A page key is the caller's to build: ``f"{name}:{generation}:{page}"``. ``reads`` is where to
    GET from, such as an AutoBatch. ``token`` makes ASCII letters and digits, never twice the same.

    ``ttl_s`` should exceed the TTL of the pages and is prolonged by about one use in
    1 / ``prolong_share``: an expired generation is no error, but all its pages are loaded anew.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        ttl_s: float = 86_400,
        reads: "Reads | None" = None,
        prolong_share: float = 1 / 64,
        rand: Callable[[], float] = random.random,
        # 64 bits: two generations of one name, of those whose pages still live, never meet.
        token: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        self._redis = redis
        self._ttl_ms = max(1, round(ttl_s * 1000))
        self._reads = reads or cast("Reads", redis)
        self._prolong_share = prolong_share
        self._rand = rand
        self._token = token

    async def current(self, name: str) -> str:
        """Return the generation of ``name``; call it before the load whose value it will name.

        One that was evicted or flushed is replaced by a new random one, and that is safe: no page
        has it in its name. A counter would start anew and meet the pages of its first life.
        """
        raw = await self._reads.get(f"{name}:g")
        if raw is None:
            # One command: of all who find none, one sets its own and the rest get that.
            mine = self._token()
            other = await self._redis.set(f"{name}:g", mine, nx=True, get=True, px=self._ttl_ms)
            raw = cast("bytes | None", other) or mine.encode()
        elif self._rand() < self._prolong_share:
            # Not at each use: that would make each read a write. A name in use is read often
            # enough, and one that is not may go. If a bump comes between, this does no harm.
            await self._redis.pexpire(f"{name}:g", self._ttl_ms)
        # Foreign bytes could hold a ':' and lead to keys of somebody else's.
        return raw.decode() if raw.isalnum() else await self.bump(name)

    async def bump(self, name: str) -> str:
        """Start a new generation, and return it; call it after the commit, before the answer."""
        generation = self._token()
        await self._redis.set(f"{name}:g", generation, px=self._ttl_ms)
        return generation


class Reads(Protocol):
    """Where bytes are read from."""

    async def get(self, key: str) -> bytes | None:
        """Return the bytes at ``key``."""
