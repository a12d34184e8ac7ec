"""No cache and no database: the same bytes for every id. What the framework can do at most."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from loadtests.peers.sides.side import Load, Setup, Side


class Constant:
    """The bytes of one real post, loaded once."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def read(self, post_id: int) -> bytes:
        """The same, whichever is asked for."""
        del post_id
        return self._body


@asynccontextmanager
async def opened(setup: Setup, load: Load) -> AsyncIterator[Side]:
    """Load the one post."""
    yield Constant(await load(setup.hot_id))
