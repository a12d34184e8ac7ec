"""What is loaded when the cache has nothing: it takes its time, and counts."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from redis.asyncio import Redis

from benchmarks.value import POST, Value


class Source:
    """A slow table. With a `database` each row has a version there, read before the time passes.

    `loads` counts statements, `peak` how many ran at once; `began` is called as each one begins.
    """

    def __init__(self, database: Redis | None, began: Callable[[str], None]) -> None:
        self.loads = 0
        self.peak = 0
        self.load_s = 0.0
        self._running = 0
        self._database = database
        self._began = began

    async def load(self, key: str) -> Value:
        """One row."""
        return (await self.load_many([key]))[key]

    async def load_many(self, keys: Sequence[str]) -> dict[str, Value]:
        """Many rows by one statement."""
        self.loads += 1
        self._running += 1
        self.peak = max(self.peak, self._running)
        self._began(keys[0])
        try:
            versions = await self._versions(keys)
            await asyncio.sleep(self.load_s)
        finally:
            self._running -= 1
        return {key: POST | {"version": versions[key]} for key in keys}

    async def write(self, key: str) -> int:
        """Change a row; its new version."""
        assert self._database is not None
        return int(await self._database.incr(f"version:{key}"))

    async def versions(self, keys: Sequence[str]) -> Mapping[str, int]:
        """What the database holds now."""
        return await self._versions(keys)

    async def _versions(self, keys: Sequence[str]) -> dict[str, int]:
        if self._database is None:
            return dict.fromkeys(keys, 0)
        found = await self._database.mget([f"version:{key}" for key in keys])
        return {key: int(raw or 0) for key, raw in zip(keys, found, strict=True)}
