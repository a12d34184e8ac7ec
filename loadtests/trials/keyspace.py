"""What lies in a store by the first word of its keys: sampled while it works, counted at rest."""

import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from loadtests.our_redis import Tally, our_redis

# Some 10 ms of the runner's CPU a second. Sizes have a long tail, so what was seen before counts
# as well, a fifth less each time: a share is that of some 2,000 keys, and 5 samples old on average.
SAMPLE_KEYS = 400
KEPT_SHARE = 0.8
SHOWN = 7  # prefixes with a band of their own
REST = "other"
_SCAN_COUNT = 1_000
_CURSORS = 2**32
NO_TTL = -1

Bands = dict[str, list[tuple[float, float]]]


@dataclass
class Counted:
    """Every key, by its prefix: bytes, and of which nobody has read for a while or has a TTL."""

    keys: int = 0
    without_ttl: int = 0
    unread_bytes: int = 0
    bytes: int = 0
    by_prefix: Counter[str] = field(default_factory=Counter)

    def add(self, key: str, ttl_s: int, size_bytes: int, *, unread: bool) -> None:
        """Count one key."""
        self.keys += 1
        self.without_ttl += ttl_s == NO_TTL
        self.bytes += size_bytes
        self.unread_bytes += size_bytes * unread
        self.by_prefix[prefix_of(key)] += size_bytes

    def shares(self) -> dict[str, float]:
        """Each prefix's share of all bytes."""
        return {prefix: size / self.bytes for prefix, size in self.by_prefix.items()}


class Keyspace:
    """Reads sizes of keys; what it asks does not count as reading them."""

    def __init__(self, redis: Any, seed: int) -> None:
        self._redis = redis
        self._dice = random.Random(seed)
        self._found: dict[str, float] = {}

    async def shares(self) -> Mapping[str, float]:
        """Each prefix's share of all bytes, from random keys; nothing while none were seen.

        A scan that begins anywhere goes through keys in the order of their hashes, so what it finds
        first is as good as drawn.
        """
        cursor, seen = self._dice.randrange(_CURSORS), 0
        found = {prefix: size * KEPT_SHARE for prefix, size in self._found.items()}
        for _ in range(8):  # a store that is being emptied may have nothing in many places
            cursor, keys = await self._redis.scan(cursor, count=SAMPLE_KEYS - seen)
            for key, size_bytes in zip(keys, await self._sizes(keys), strict=True):
                found[prefix_of(key)] = found.get(prefix_of(key), 0.0) + (size_bytes or 0)
            seen += len(keys)
            if seen >= SAMPLE_KEYS:
                break
        self._found, total = found, sum(found.values())
        return {prefix: size / total for prefix, size in found.items()} if total else {}

    async def count(self, unread_for_s: float) -> Counted:
        """Walk over every key. Unread is what nobody has asked for that long, to the second."""
        counted, cursor = Counted(), 0
        while True:
            cursor, keys = await self._redis.scan(cursor, count=_SCAN_COUNT)
            pipeline = self._redis.pipeline(transaction=False)
            for key in keys:
                pipeline.object("IDLETIME", key).ttl(key).memory_usage(key, samples=0)
            told = await pipeline.execute(raise_on_error=False) if keys else []
            for key, idle_s, ttl_s, size_bytes in zip(
                keys, told[::3], told[1::3], told[2::3], strict=True
            ):
                if isinstance(size_bytes, int) and isinstance(idle_s, int):  # it is still there
                    counted.add(key, ttl_s, size_bytes, unread=idle_s >= unread_for_s)
            if cursor == 0:
                return counted

    async def _sizes(self, keys: Sequence[str]) -> list[int | None]:
        pipeline = self._redis.pipeline(transaction=False)
        for key in keys:
            pipeline.memory_usage(key, samples=0)
        return list(await pipeline.execute()) if keys else []


def prefix_of(key: str) -> str:
    """`post:{42}:counts` -> `post`."""
    return key.partition(":")[0]


def bands(samples: Sequence[tuple[float, float, Mapping[str, float]]]) -> Bands:
    """From (t_s, bytes in all, shares) to bytes by prefix; those that are never large in one."""
    most: Counter[str] = Counter()
    for _, total, shares in samples:
        for prefix, share in shares.items():
            most[prefix] = max(most[prefix], round(share * total))
    shown = [prefix for prefix, _ in most.most_common(SHOWN)]
    found: Bands = {prefix: [] for prefix in shown}
    rest = [
        (t_s, total * sum(share for prefix, share in shares.items() if prefix not in found))
        for t_s, total, shares in samples
    ]
    for t_s, total, shares in samples:
        for prefix in shown:
            found[prefix].append((t_s, total * shares.get(prefix, 0.0)))
    return {**found, REST: rest} if any(size for _, size in rest) else found


@asynccontextmanager
async def looking_at(url: str, *, seed: int, tally: Tally | None = None) -> AsyncIterator[Keyspace]:
    """A connection of its own for the length of the block; what it asks is in the `tally`."""
    redis = our_redis(url, tally or Tally())
    try:
        yield Keyspace(redis, seed)
    finally:
        await redis.aclose()
