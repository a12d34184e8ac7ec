# SPDX-License-Identifier: MIT
"""Reads: the plain GETs of the hit path, and the place where something better can be put.

Closes: a script on every read. A hit is a GET, which any client, proxy or replica can serve.
Race: none of its own; a value read here can be dropped a moment later (copies.py has the epoch).
Does not: merge anything. With auto_batch.py in its place the GETs of one event-loop turn are one
    MGET, which is what makes a busy process cheap.
Use:
    >>> async def main() -> bytes | None:
    ...     async with Redis.from_url(REDIS_URL) as redis:
    ...         return await PlainReads(redis).get("nothing:{42}:v")
    >>> asyncio.run(main()) is None
    True

Source: redis.io, "MGET".
"""

from collections.abc import Sequence
from typing import Protocol, cast

from redis.asyncio import Redis


class Reads(Protocol):
    """What the plain reads go through: a client, or something that merges them (auto_batch.py)."""

    async def get(self, key: str) -> bytes | None:
        """Return the bytes at ``key``."""

    async def get_many(self, keys: Sequence[str]) -> Sequence[bytes | None]:
        """Return the bytes at each of ``keys``, in order."""


class PlainReads:
    """Reads straight from the client."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        # A cluster client's own MGET refuses keys of several slots; this one splits them.
        self._mget = getattr(redis, "mget_nonatomic", redis.mget)

    async def get(self, key: str) -> bytes | None:
        """Return the bytes at ``key``."""
        return cast("bytes | None", await self._redis.get(key))

    async def get_many(self, keys: Sequence[str]) -> Sequence[bytes | None]:
        """Return the bytes at each of ``keys``, in order."""
        return cast("list[bytes | None]", await self._mget(keys))
