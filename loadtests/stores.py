"""One strategy's Valkey (or Redis): what lies in it, and how much room it may take."""

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from redis.exceptions import RedisError

from loadtests.errors import LoadTestError
from loadtests.our_redis import Tally, our_redis
from loadtests.result import EntryBytes

_SCAN_COUNT = 1_000
NO_TTL = -1
# Which keys belong to one logical post: each pattern's first group is the post's id.
# The order of its comments may have a name of its own, with what tells orders apart behind the id.
POST_KEYS = (
    re.compile(r"^post:\{?(\d+)\}?(?::.*)?$"),
    re.compile(r"^comments:\{?(\d+)(?:[:}].*)?$"),
)
# A comment by itself does not say which post it stands under.
COMMENT_KEY = re.compile(r"^comment:\{?\d+\}?(?::.*)?$")


@dataclass
class Census:
    """Every key: how many, how many live forever, and the bytes of each logical post."""

    keys: int = 0
    without_ttl: int = 0
    comment_bytes: int = 0
    bytes_by_post: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, key: str, ttl_s: int, size_bytes: int) -> None:
        """Count one key."""
        self.keys += 1
        self.without_ttl += ttl_s == NO_TTL
        for pattern in POST_KEYS:
            if match := pattern.match(key):
                self.bytes_by_post[match[1]] += size_bytes
        if COMMENT_KEY.match(key):
            self.comment_bytes += size_bytes

    def post_entries(self) -> EntryBytes | None:
        """Mean and p99 over the posts; None when no post is cached.

        Comments kept one by one belong to posts as much as those kept together: they are shared
        out evenly, so the mean is exact, and p99 without the spread of theirs.
        """
        if not self.bytes_by_post:
            return None
        share = self.comment_bytes / len(self.bytes_by_post)
        sizes = sorted(size + share for size in self.bytes_by_post.values())
        p99 = sizes[min(len(sizes) - 1, int(0.99 * len(sizes)))]
        return EntryBytes(mean=sum(sizes) / len(sizes), p99=float(p99), entries=len(sizes))


class Store:
    """A cache server that is ours alone, unless a run on shared stores said otherwise."""

    def __init__(self, url: str, redis: Any, tally: Tally | None = None) -> None:
        self.url = url
        self._redis = redis
        self.tally = tally or Tally()

    async def version(self) -> str:
        """Name and version of the server."""
        info = await self._redis.info("server")
        if "valkey_version" in info:
            return f"Valkey {info['valkey_version']}"
        return f"Redis {info['redis_version']}"

    async def keys(self) -> int:
        """How many keys it holds."""
        return int(await self._redis.dbsize())

    async def is_empty(self) -> bool:
        """Whether it holds no key at all."""
        return await self.keys() == 0

    async def flush(self) -> None:
        """Drop everything. SYNC: by default the memory comes back some time after the answer."""
        await self._redis.execute_command("FLUSHDB", "SYNC")

    async def remove_every_key(self) -> None:
        """Drop what lies in it key by key, where a flush is not ours to make."""
        cursor = None
        while cursor != 0:
            cursor, keys = await self._redis.scan(cursor or 0, count=_SCAN_COUNT)
            if keys:
                await self._redis.unlink(*keys)

    async def used_bytes(self) -> int:
        """Memory in use without that of clients, which come and go and cache nothing.

        A client that is new takes 16 kB or more, and the server's own total of it lags behind by
        seconds: each is asked for.
        """
        asking = self._redis.pipeline(transaction=True)
        memory, clients = await asking.info("memory").client_list().execute()
        theirs = [int(one["tot-mem"]) for one in clients if "tot-mem" in one]
        lagging = int(memory.get("mem_clients_normal", 0))  # all that old servers tell
        return int(memory["used_memory"]) - (sum(theirs) if theirs else lagging)

    async def used_bytes_in_all(self) -> int:
        """Memory in use as the server holds it against `maxmemory`."""
        return int((await self._redis.info("memory"))["used_memory"])

    async def evicted_keys(self) -> int:
        """Keys dropped for want of room since the server started."""
        return int((await self._redis.info("stats"))["evicted_keys"])

    async def commands(self) -> int:
        """Commands carried out since the server started, but for those of our own clients."""
        calls = await self._redis.info("commandstats")
        ours = self.tally.answered - 1  # the question itself is not in its answer yet
        return sum(int(one["calls"]) for one in calls.values()) - ours

    async def census(self) -> Census:
        """Walk over every key. Meant for a store that is at rest."""
        census, cursor = Census(), 0
        while True:
            cursor, keys = await self._redis.scan(cursor, count=_SCAN_COUNT)
            pipeline = self._redis.pipeline(transaction=False)
            for key in keys:
                pipeline.ttl(key).memory_usage(key, samples=0)
            answers = await pipeline.execute() if keys else []
            for key, ttl_s, size_bytes in zip(keys, answers[::2], answers[1::2], strict=True):
                if size_bytes is not None:  # None: it expired since the scan
                    census.add(key, ttl_s, size_bytes)
            if cursor == 0:
                return census

    async def keeps_for_ever(self, kind: str) -> bool:
        """Whether there are keys of that kind of entry, and none of them has a TTL."""
        keys = [key async for key in self._redis.scan_iter(match=f"{kind}:*", count=_SCAN_COUNT)]
        lives = [await self._redis.ttl(key) for key in keys]
        return bool(lives) and all(left_s == NO_TTL for left_s in lives)

    @asynccontextmanager
    async def limited(self, maxmemory_bytes: int, policy: str) -> AsyncIterator[None]:
        """The server with this much room for the length of the block, what is too much evicted."""
        former = await self._redis.config_get("maxmemory", "maxmemory-policy")
        await self._redis.config_set("maxmemory-policy", policy, "maxmemory", maxmemory_bytes)
        try:
            await self._evict_down_to(maxmemory_bytes)
            yield
        finally:
            for name, value in former.items():
                await self._redis.config_set(name, value)

    async def _evict_down_to(self, maxmemory_bytes: int) -> None:
        """Wait for the eviction, which goes on in the background, as long as it gets anywhere."""
        used, before = await self.used_bytes_in_all(), -1
        while used > maxmemory_bytes and used != before:
            await asyncio.sleep(0.1)
            used, before = await self.used_bytes_in_all(), used


class Unseen(Store):
    """A store that nobody gave us: nothing of it is counted."""

    def __init__(self) -> None:
        super().__init__("", None)

    async def commands(self) -> int:
        """None that we know of."""
        return 0

    async def used_bytes(self) -> int:
        """None that we know of."""
        return 0

    async def keys(self) -> int:
        """None that we know of."""
        return 0


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Store]:
    """A store for the length of the block. Raises LoadTestError when it does not answer."""
    tally = Tally()
    redis = our_redis(url, tally)
    try:
        try:
            await redis.ping()
        except RedisError as error:
            raise LoadTestError(f"A store cannot be used: {error}") from error
        yield Store(url, redis, tally)
    finally:
        await redis.aclose()
