"""What the query beneath a list found: kept as an entry of its own, or asked anew with the list.

To keep it is worth something while the list goes more often than its ids do, as where each vote
drops whole posts. With small entries nothing drops a list but what changes its ids, and then
nobody ever looks them up and finds them: two entries for one.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol

from service.keys import Kind
from service.strategies.stack import Stack
from service.strategies.tools import Tools

LoadIds = Callable[[], Awaitable[list[int]]]


class QueryResults(Protocol):
    """The ids that a list is made of."""

    async def ids(self, entry: int, load: LoadIds) -> list[int]:
        """Those of one list."""

    async def drop(self, *entries: int) -> None:
        """Forget those that have changed."""


class KeptAsWell:
    """The result of a query is kept because it is one; entries of `kind` lie beneath another's."""

    def __init__(self, tools: Tools, kind: Kind, beneath: Kind) -> None:
        self._stack: Stack[list[int]] = tools.stack(kind, list[int])
        # Who expires the list wants to see it cold, and not half of it.
        tools.holds(beneath, self._stack.invalidate)

    async def ids(self, entry: int, load: LoadIds) -> list[int]:
        """What was found before, else the query's."""
        return await self._stack.get(entry, load)

    async def drop(self, *entries: int) -> None:
        """Forget them: a query of their own is what they will cost."""
        await self._stack.invalidate(*entries)


class WithTheList:
    """What is shown is kept, and what it was made of is not."""

    def __init__(self, _tools: Tools, _kind: Kind, _beneath: Kind) -> None:
        """Know nothing: nothing is kept."""

    async def ids(self, _entry: int, load: LoadIds) -> list[int]:
        """The query's."""
        return await load()

    async def drop(self, *entries: int) -> None:
        """Nothing is kept."""
