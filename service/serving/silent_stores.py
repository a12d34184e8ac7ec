"""Stores that do not answer when a process begins: it begins all the same, and says which."""

import asyncio
from collections.abc import Iterator
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from service.queries.databases import refuse_without_tables
from service.settings import Settings

PATIENCE_S = 1.0  # a start waits no longer to hear from a cache
GOES_ON = "cannot be used just now; it is tried again until it can"


async def silent_stores(settings: Settings) -> list[str]:
    """A sentence for each of them. Raises ValueError for a database without tables."""
    return list(
        _said(
            settings,
            *await asyncio.gather(
                refuse_without_tables(settings.database_url), _answers(settings.redis_url)
            ),
        )
    )


def _said(settings: Settings, has_database: bool, has_redis: bool) -> Iterator[str]:
    if not has_database:
        yield f"PostgreSQL at {_where(settings.database_url, 5432)} (DATABASE_URL) {GOES_ON}"
    if not has_redis:
        yield f"Redis at {_where(settings.redis_url, 6379)} (REDIS_URL) {GOES_ON}"


async def _answers(redis_url: str) -> bool:
    redis = Redis.from_url(
        redis_url,
        retry=Retry(NoBackoff(), 0),
        socket_connect_timeout=PATIENCE_S,
        socket_timeout=PATIENCE_S,
    )
    async with redis:
        try:
            await redis.ping()
        except (RedisError, OSError):
            return False
    return True


def _where(url: str, port: int) -> str:
    """Host and port, without what else a URL tells."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or port}" if parts.hostname else "its socket"
