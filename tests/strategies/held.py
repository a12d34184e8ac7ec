"""A query whose first answer is held back: a load that began before a write and ends after it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tests.waiting import PATIENCE_S


class Held:
    """Stands in for a query; the rows are read at once, and told when the gate opens."""

    def __init__(self, query: Callable[..., Awaitable[Any]]) -> None:
        self._has_read = asyncio.Event()
        self.gate = asyncio.Event()
        self._query = query

    async def has_read(self) -> None:
        """Return when the first answer waits; fail when nobody asks."""
        async with asyncio.timeout(PATIENCE_S):
            await self._has_read.wait()

    async def __call__(self, *asked: Any) -> Any:
        """Ask; only the first answer has to wait."""
        found = await self._query(*asked)
        if not self._has_read.is_set():
            self._has_read.set()
            await self.gate.wait()
        return found
