# SPDX-License-Identifier: MIT
"""Identity: which cache server the work was done on, and whether it is still that one.

Closes: dropped entries that are back, because another server took over without the last drops.
Race (the drop that was undone):
    1. a drop is acknowledged by the primary, which dies before its replica has heard of it
    2. the replica is promoted, or a restart loads a snapshot: the dropped value is there again
    3. no link need break for long, and no command fails: every client simply goes on
  Only the server's name tells: ``run_id`` changes with each start, role and replication id with
  each promotion.
  A server may also answer and refuse all writes: a replica, one that is loading, or that lacks its
  replicas or its disk. It is as good as away, and no row is to blame; so it is asked by a write.
Does not: see behind a proxy that answers for many (give the relay an ``identity`` that asks them
    all), or notice sooner than the relay's next round. An ACL has to allow DEL of the key below,
    on a cluster EVAL.
Use:
    >>> async def main() -> bool:
    ...     async with Redis.from_url(REDIS_URL) as redis:
    ...         return await server_identity(redis) == await server_identity(redis)
    >>> asyncio.run(main())
    True

Source: redis.io, "INFO" (run_id, role, master_replid) and "Replication" (partial sync, failover).
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from redis.asyncio import Redis, RedisCluster

# Writes that leave nothing. On a cluster a key reaches one primary, a script without keys all of
# them; one that does not declare itself `no-writes` is refused like a write. Out of memory is no
# reason to refuse it: drops go on then.
_PROBE = "outbox:{probe}"
_PROBE_SCRIPT = "#!lua flags=allow-oom\nreturn 1"


async def server_identity(redis: Redis | RedisCluster) -> str:
    """Return a name that changes when another server answers, or this one restarts or turns.

    Raises when it takes no writes. Of a cluster the names of all primaries: one that has gone, or
    refuses writes, is a reason to wait, and its successor one to replay.
    """
    if isinstance(redis, RedisCluster):
        primaries = redis.PRIMARIES
        await redis.execute_command("EVAL", _PROBE_SCRIPT, "0", target_nodes=primaries)
        said = await redis.info("server", "replication", target_nodes=primaries)
        # redis-py gives the answer itself, and no dict of answers, where there is one primary.
        return " | ".join(sorted(map(_name, [said] if "run_id" in said else said.values())))
    await redis.delete(_PROBE)
    return _name(await redis.info("server", "replication"))  # two sections at once: since 7.0


def _name(info: Mapping[str, Any]) -> str:
    return f"{info['run_id']} {info['role']} {info['master_replid']}"


class Servers:
    """Remembers the server last accepted, and for how long none has answered."""

    def __init__(
        self,
        identity: Callable[[], Awaitable[str]],
        *,
        gap_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._identity = identity
        self._gap_s = gap_s
        self._clock = clock
        # Nothing at first: what happened before this process began, it cannot know.
        self._accepted: str | None = None
        self._away_since_s: float | None = None

    async def check(self) -> str:
        """Ask who answers; raises what ``identity`` raises when nobody does."""
        try:
            seen = await self._identity()
        except Exception:
            if self._away_since_s is None:
                self._away_since_s = self._clock()
            raise
        if self._away_since_s is not None:
            if self._clock() - self._away_since_s >= self._gap_s:
                self._accepted = None
            self._away_since_s = None
        return seen

    def is_news(self, seen: str) -> bool:
        """Whether this is another server than the one accepted, or the same after a gap."""
        return seen != self._accepted

    def accept(self, seen: str) -> None:
        """What was to be done about its being another one has been done."""
        self._accepted = seen
