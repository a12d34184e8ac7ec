"""What can stand in a slot of a stack: anything with `get`, `get_many` and `invalidate`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

V = TypeVar("V")
Load = Callable[[], Awaitable[V]]
LoadMany = Callable[[Sequence[str]], Awaitable[Mapping[str, V]]]


class Layer(Protocol[V]):
    """One slot of a stack."""

    async def get(self, key: str, load: Load[V]) -> V:
        """The value of a key, loaded if need be."""

    async def get_many(self, keys: Sequence[str], load_many: LoadMany[V]) -> dict[str, V]:
        """The values of many keys; those that are missing are loaded at once."""

    async def invalidate(self, *keys: str) -> None:
        """Forget keys."""


class Passthrough(Generic[V]):
    """The empty slot."""

    async def get(self, key: str, load: Load[V]) -> V:
        """Ask the next layer."""
        return await load()

    async def get_many(self, keys: Sequence[str], load_many: LoadMany[V]) -> dict[str, V]:
        """Ask the next layer."""
        return dict(await load_many(keys))

    async def invalidate(self, *keys: str) -> None:
        """Nothing is kept here."""


class Absent(LookupError):
    """The source knows no such thing, and no layer shall remember it: errors are never cached."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value
