"""Who may take how much of the bulkhead.

A stranger can name at will what is loaded one at a time: a post, a comment, a handle, a tag. Such
loads get three slots of four. However many things are asked for that are not there, lists, counts
and whatever else belongs to things that are find a slot without standing behind them.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from service import keys
from service.patterns.bulkhead import Bulkhead

V = TypeVar("V")
SLOTS = 8
NAMED_SLOTS = 6
NAMED_AT_WILL = {
    keys.POST, keys.HEAD, keys.THREAD, keys.COMMENT, keys.PROFILE, keys.DELETED, keys.TAG,
}  # fmt: skip


class Share:
    """A slot of one's own bulkhead first, then one of what all share."""

    def __init__(self, own: Bulkhead, shared: Bulkhead) -> None:
        self._own = own
        self._shared = shared

    async def get(self, key: str, load: Callable[[], Awaitable[V]]) -> V:
        """Load in a slot of each. Raises Overloaded."""
        return await self._own.get(key, lambda: self._shared.get(key, load))

    async def get_many(
        self,
        wanted: Sequence[str],
        load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, Any]]],
    ) -> dict[str, Any]:
        """The same; several at once are a list's, whose ids nobody made up. Raises Overloaded."""
        if len(wanted) > 1:
            return await self._shared.get_many(wanted, load_many)
        return await self._own.get_many(
            wanted, lambda missing: self._shared.get_many(missing, load_many)
        )

    async def invalidate(self, *wanted: str) -> None:
        """Nothing is kept here."""
