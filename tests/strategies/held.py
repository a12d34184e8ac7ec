"""A query whose first answer is held back: a load that began before a write and ends after it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


class Held:
    """Stands in for a query; the rows are read at once, and told when the gate opens."""

    def __init__(self, query: Callable[..., Awaitable[Any]]) -> None:
        self.has_read = asyncio.Event()
        self.gate = asyncio.Event()
        self._query = query

    async def __call__(self, *asked: Any) -> Any:
        """Ask; only the first answer has to wait."""
        found = await self._query(*asked)
        if not self.has_read.is_set():
            self.has_read.set()
            await self.gate.wait()
        return found
