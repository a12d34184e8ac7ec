"""The database, each time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from loadtests.peers.sides.side import Load, Setup, Side


class NoCache:
    """A load for each read."""

    def __init__(self, load: Load) -> None:
        self._load = load

    async def read(self, post_id: int) -> bytes:
        """Load it."""
        return await self._load(post_id)


@asynccontextmanager
async def opened(setup: Setup, load: Load) -> AsyncIterator[Side]:
    """Nothing to open."""
    del setup
    yield NoCache(load)
