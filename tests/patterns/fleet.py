"""Several processes in one: leases that share nothing but the server."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any, cast

from redis.asyncio import Redis

from service.patterns.lease import Lease, Wake

from .contract import Events, Source, until


class Member:
    """One process: a client, a subscriber, a lease, and what they reported."""

    def __init__(self, redis: Redis, wake: Wake, lease: Lease[str], events: Events) -> None:
        self.redis = redis
        self.wake = wake
        self.lease = lease
        self.events = events
        self.get = lease.get


@contextlib.asynccontextmanager
async def fleet(
    connect: Callable[[], Redis], *channels: str, **settings: Any
) -> AsyncIterator[list[Member]]:
    """Start one member per channel named; those with the same channel hear each other."""
    async with contextlib.AsyncExitStack() as stack:
        members = []
        for channel in channels:
            redis, events = connect(), Events()
            wake = await stack.enter_async_context(Wake(redis, channel=channel, observe=events))
            lease = Lease(
                redis,
                wake=wake,
                **{
                    "encode": str.encode,
                    "decode": bytes.decode,
                    "ttl": lambda _value: 60.0,
                    "observe": events,
                    **settings,
                },
            )
            stack.push_async_callback(lease.aclose)
            members.append(Member(redis, wake, lease, events))
        yield members


async def is_waited_for(redis: Redis, key: str) -> bool:
    """Say whether a lease is held on ``key`` and some process waits for its end."""
    return b"+" in cast("bytes", await redis.get(f"{key}:l") or b"")


async def wait_behind(
    holder: Member, waiter: Member, key: str, source: Source
) -> tuple["asyncio.Task[str]", "asyncio.Task[str]"]:
    """Let one load and the other wait for it; return both calls once they stand like that."""
    source.hold()
    first = asyncio.create_task(holder.get(key, source.load))
    await source.started.wait()
    second = asyncio.create_task(waiter.get(key, source.load))
    await until(partial(is_waited_for, holder.redis, key))
    return first, second
