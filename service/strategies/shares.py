"""Who may take how much of the bulkhead.

A stranger can name at will what a URL names: a post or fifty, a comment, a handle, a tag. Such
loads get three slots of four. However many things are asked for that are not there, lists, counts
and whatever else belongs to things that are find a slot without standing behind them.

Who joins a load that has begun, on this process or through the lease, waits where that one waits.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from service import keys
from service.patterns.bulkhead import Bulkhead
from service.strategies.layers import Layer
from service.strategies.stack import Stack

V = TypeVar("V")
SLOTS = 8
NAMED_SLOTS = 6
NAMED_AT_WILL = {
    keys.POST, keys.HEAD, keys.THREAD, keys.COMMENT, keys.PROFILE, keys.DELETED, keys.TAG,
}  # fmt: skip
LoadMany = Callable[[Sequence[str]], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Share:
    """One entry is what a URL names; several, be it one that is missing, are what a list names."""

    named: Bulkhead  # within `shared`
    shared: Bulkhead

    async def get(self, key: str, load: Callable[[], Awaitable[V]]) -> V:
        """Load in a slot of what strangers name. Raises Overloaded."""
        return await self.named.get(key, load)

    async def get_many(self, wanted: Sequence[str], load_many: LoadMany) -> dict[str, Any]:
        """Load for a list, in any slot. Raises Overloaded."""
        return await self.shared.get_many(wanted, load_many)

    async def invalidate(self, *wanted: str) -> None:
        """Nothing is kept here."""


@dataclass(frozen=True, slots=True)
class NamedByUrl:
    """Several that a URL names take the slot that one of them would."""

    limit: Layer[Any]

    async def get(self, key: str, load: Callable[[], Awaitable[V]]) -> V:
        """Load as one."""
        found: V = await self.limit.get(key, load)
        return found

    async def get_many(self, wanted: Sequence[str], load_many: LoadMany) -> dict[str, Any]:
        """Load as one. Raises Overloaded."""
        return dict(await self.limit.get(wanted[0], lambda: load_many(wanted)))

    async def invalidate(self, *wanted: str) -> None:
        """Nothing is kept here."""


def named_by_url(stack: Stack[V]) -> Stack[V]:
    """The same stack for entries that a URL names, however many at once."""
    return replace(stack, limit=NamedByUrl(stack.limit))
