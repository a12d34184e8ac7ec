"""What a side is given, and what it has to do."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

Load = Callable[[int], Awaitable[bytes]]

# Where a library lets its pool be chosen, a blocking one of this size: redis-py's default raises
# an error for the 101st connection, which has nothing to do with caching.
CONNECTIONS = 64
POOL_WAIT_S = 20.0


class NoSuchPost(LookupError):
    """The database has no post of that id."""


@dataclass(frozen=True)
class Setup:
    """All that tells one process from another.

    A value is fresh for `fresh_s`. Who can keep one longer, to serve it while it is loaded anew,
    keeps it twice as long. `newest` is how many posts the expensive query compares; 0: the cheap
    query. `server`: what it is served by.
    """

    side: str
    port: int
    database_url: str
    redis_url: str
    variant: str = ""
    fresh_s: int = 3_600
    newest: int = 0
    hot_id: int = 0
    server: str = "uvicorn"

    @property
    def kept_s(self) -> int:
        """How long a value that is no longer fresh may still be there."""
        return 2 * self.fresh_s


class Side(Protocol):
    """The post as JSON, from a cache or loaded."""

    async def read(self, post_id: int) -> bytes:
        """One post. Raises NoSuchPost where the side lets it through."""


def key_of(post_id: int) -> str:
    """The key, where a library lets it be chosen."""
    return f"post:{post_id}"
