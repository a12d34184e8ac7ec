"""What lies in a store, kept in a file and put back: values, lives that are left, last uses."""

import marshal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from loadtests.errors import LoadTestError

_SCAN_COUNT = 1_000
_FOR_EVER = 0  # as RESTORE has it

# Key, life left in ms, seconds since its last use, value as DUMP gives it.
Entry = tuple[bytes, int, int, bytes]


async def keep(url: str, file: Path) -> int:
    """Write what the store holds to `file`; how many entries. Meant for a store at rest."""
    kept, cursor = 0, 0
    async with _bytes_of(url) as redis:
        with file.open("wb") as out:
            while True:
                cursor, keys = await redis.scan(cursor, count=_SCAN_COUNT)
                entries = await _entries(redis, keys)
                marshal.dump(entries, out)
                kept += len(entries)
                if cursor == 0:
                    return kept


async def put_back(url: str, file: Path) -> None:
    """Put what was kept into an empty store. Lives go on from where they were."""
    async with _bytes_of(url) as redis:
        for entries in _read(file):
            pipeline = redis.pipeline(transaction=False)
            for key, left_ms, idle_s, value in entries:
                restore = ("RESTORE", key, left_ms, value, "REPLACE", "IDLETIME", idle_s)
                pipeline.execute_command(*restore)  # REPLACE: SCAN may tell of a key twice
            await pipeline.execute()


async def _entries(redis: Any, keys: list[bytes]) -> list[Entry]:
    """Of those that are still there. The last use is asked first: to ask for the rest is one."""
    pipeline = redis.pipeline(transaction=False)
    for key in keys:
        pipeline.object("IDLETIME", key).pttl(key).execute_command("DUMP", key)
    answers = await pipeline.execute(raise_on_error=False) if keys else []
    every = zip(keys, answers[::3], answers[1::3], answers[2::3], strict=True)
    return [
        (key, _FOR_EVER if left_ms == -1 else left_ms, idle_s, value)
        for key, idle_s, left_ms, value in every
        if isinstance(idle_s, int) and isinstance(value, bytes) and (left_ms > 0 or left_ms == -1)
    ]


def _read(file: Path) -> Iterator[list[Entry]]:
    with file.open("rb") as kept:
        size = file.stat().st_size
        while kept.tell() < size:
            if entries := marshal.load(kept):  # noqa: S302 - we wrote it, in a directory of ours
                yield entries


@asynccontextmanager
async def _bytes_of(url: str) -> AsyncIterator[Any]:
    redis: Any = Redis.from_url(url, socket_timeout=30)
    try:
        yield redis
    except RedisError as error:
        raise LoadTestError(f"The cache server failed while it was copied: {error}.") from error
    finally:
        await redis.aclose()
