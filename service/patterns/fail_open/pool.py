# SPDX-License-Identifier: MIT
"""Prompt pool: a bounded pool of prompt connections, where waiting for a free one is no failure.

Closes: a burst that becomes errors because the pool was empty, or a pool so large that an outage
    becomes a storm of connections.
Race (the pool's own limit, when it is as short as a command's):
    1. 500 requests want 16 connections at once; the server answers each in 1 ms
    2. this process needs 80 ms for its own share of that: the last 200 have waited too long
    3. 200 errors, so 200 loads, and a server that was healthy all the time
Does not: merge commands; a busy process wants few connections with merged reads (auto_batch.py)
    rather than many. Give it no blocking commands and no subscriptions.
Use:
    >>> async def main() -> bytes | None:
    ...     pool = prompt_pool(REDIS_URL, breaker=Breaker())
    ...     async with Redis.from_pool(pool) as redis:
    ...         return await redis.get("nothing:{42}")
    >>> asyncio.run(main()) is None
    True

Source: redis-py 8.1, asyncio/connection.py.
"""

from typing import Any

from redis.asyncio import BlockingConnectionPool, Connection, SSLConnection
from redis.asyncio.connection import UnixDomainSocketConnection, parse_url
from redis.maint_notifications import MaintNotificationsConfig

from .breaker import Breaker
from .connection import PromptConnection, PromptSSLConnection, PromptUnixConnection

_PROMPT = {
    Connection: PromptConnection,
    SSLConnection: PromptSSLConnection,
    UnixDomainSocketConnection: PromptUnixConnection,
}


def prompt_pool(
    url: str,
    *,
    breaker: Breaker,
    connect_s: float = 0.1,
    command_s: float = 0.05,
    wait_s: float = 1.0,
    max_connections: int = 16,
    pool: type[BlockingConnectionPool] = BlockingConnectionPool,
) -> BlockingConnectionPool:
    """Make a pool of prompt connections to ``url``, of the class ``pool``.

    A caller waits at most ``wait_s`` for one that is free. That is no time of the server's, so it
    may be long: a connection is never busy for more than ``command_s``, or the breaker opens.
    """
    options: dict[str, Any] = {**parse_url(url)}
    return pool(
        **options
        | {
            "connection_class": _PROMPT[options.get("connection_class", Connection)],
            "breaker": breaker,
            "connect_s": connect_s,
            "command_s": command_s,
            "timeout": wait_s,
            "max_connections": max_connections,
            # Each would be a round trip more before the first command of a connection.
            "driver_info": None,
            "maint_notifications_config": MaintNotificationsConfig(enabled=False),
        }
    )
