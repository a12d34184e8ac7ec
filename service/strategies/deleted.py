"""What was deleted: asked after a read found nothing, so that 410 and 404 are told apart.

That something was deleted stays true for ever, as nothing comes back. That it was not is an
absence like any other: kept shortly or not at all, and dropped by the deletion.
"""

from collections.abc import Sequence
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncEngine

from service import keys
from service.queries import deleted
from service.strategies.outdated import FeedsOfFollowers, Outdated
from service.strategies.stack import Stack
from service.strategies.tools import Tools


class DeletedThings:
    """Answers for `post:ID`, `comment:ID` and `user:HANDLE`."""

    def __init__(self, tools: Tools) -> None:
        self._engine: AsyncEngine = tools.engine
        self._stack: Stack[bool | None] = tools.stack(keys.DELETED, bool | None)

    async def was_deleted(self, sort: Literal["post", "comment", "user"], which: int | str) -> bool:
        """Whether there was such a thing, which is no more."""

        async def load() -> bool | None:
            return True if await deleted.was_deleted(self._engine, sort, which) else None

        return await self._stack.get(f"{sort}:{which}", load) is not None

    async def drop(self, entries: Sequence[Outdated | FeedsOfFollowers]) -> None:
        """Forget that it was not."""
        await self._stack.invalidate(
            *(entry.entry for entry in entries if isinstance(entry, Outdated))
        )
