"""What the orders of one process work with: a side, and the source behind it."""

import asyncio
import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from redis.asyncio import Redis

from benchmarks.sides.side import Setup, Side
from benchmarks.source import Source

Opened = Callable[[Setup, Source], AbstractAsyncContextManager[Side]]
PACKAGES = ("redis", "hiredis", "cashews", "aiocache", "dogpile-breaker", "fastapi-cache2")
CLOSING_S = 2.0


class Bench:
    """A place for one side at a time."""

    def __init__(self, opened: Opened, began: Callable[[str], None]) -> None:
        self.setup = Setup("", 0)
        self.source = Source(None, began)
        self._opened = opened
        self._began = began
        self._side: Side | None = None
        self._closing = AsyncExitStack()

    @property
    def side(self) -> Side:
        """What was opened last."""
        assert self._side is not None
        return self._side

    async def open(self, setup: Setup, database: int | None) -> None:
        """A fresh side; with the port of a `database`, rows have versions."""
        await self.close()
        self.setup = setup
        versions = None
        if database is not None:
            versions = Redis(host=setup.host, port=database, max_connections=256)
            self._closing.push_async_callback(versions.close)
        self.source = Source(versions, self._began)
        self._side = await self._closing.enter_async_context(self._opened(setup, self.source))

    async def close(self) -> None:
        """End it; a library that cannot close its link to a dead server is left behind."""
        self._side = None
        try:
            async with asyncio.timeout(CLOSING_S):
                await self._closing.aclose()
        except Exception:  # noqa: BLE001 - closing is not measured
            self._closing = AsyncExitStack()


async def open_side(
    bench: Bench, host: str, port: int, variant: str = "", database: int | None = None
) -> dict[str, Any]:
    """Open; who we are."""
    await bench.open(Setup(host, port, variant), database)
    return {"pid": os.getpid(), "versions": _versions()}


async def close(bench: Bench) -> None:
    """Close."""
    await bench.close()


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
