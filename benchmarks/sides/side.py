"""What a side is: the same work, done by different means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from benchmarks.value import Value

# Where a library lets its pool be chosen, a blocking one of this size: redis-py's default raises
# an error for the 101st connection, which has nothing to do with caching.
CONNECTIONS = 64
POOL_WAIT_S = 20.0


class CannotDo(Exception):
    """A row is not for this side; the message says what it lacks."""


@dataclass(frozen=True)
class Setup:
    """Where the cache is, and which way of using the library is meant."""

    host: str
    port: int
    variant: str = ""

    @property
    def url(self) -> str:
        """The same as one word."""
        return f"redis://{self.host}:{self.port}/0"


class Side(Protocol):
    """A cache in front of a `Source`."""

    async def get(self, key: str) -> Value:
        """The value of a key, from the shared cache or loaded."""

    async def get_many(self, keys: Sequence[str]) -> Mapping[str, Value]:
        """The values of many keys."""

    async def near(self, key: str) -> Value:
        """The value of a key, from the memory of this process if it is there."""

    async def invalidate(self, key: str) -> None:
        """Forget a key that was written."""
