"""What was deleted: asked after a read found nothing, so that 410 and 404 are told apart.

That something was deleted stays true for ever, as nothing comes back. That it was not is an
absence like any other: kept shortly or not at all, and dropped by the deletion. A strategy whose
entries of a thing tell both needs no entry for it here.
"""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from service import keys
from service.feed.ports import Deletable
from service.queries import deleted
from service.strategies.outdated import FeedsOfFollowers, Outdated
from service.strategies.stack import Stack
from service.strategies.tools import Tools


class DeletedThings:
    """Answers for `post:ID`, `comment:ID` and `user:HANDLE`."""

    def __init__(self, tools: Tools) -> None:
        self._engine: AsyncEngine = tools.engine
        self._tells = tools.tells_deleted
        self._stack: Stack[bool | None] = tools.stack(keys.DELETED, bool | None)

    async def was_deleted(self, what: Deletable, which: int | str) -> bool:
        """Whether there was such a thing, which is no more."""
        # What is missed and stands in a cache all the same went a moment ago: the rows know.
        if what in self._tells and (known := await self._tells[what](int(which))) is not None:
            return known

        async def load() -> bool | None:
            return True if await deleted.was_deleted(self._engine, what, which) else None

        return await self._stack.get(f"{what}:{which}", load) is True

    async def users_deleted(self, handles: Collection[str]) -> set[str]:
        """Those of the users who are no more."""
        entries = {f"user:{handle}": handle for handle in handles}

        async def load(missing: Sequence[str]) -> Mapping[str, bool | None]:
            asked = [entries[entry] for entry in missing]
            gone = await deleted.users_deleted(self._engine, asked)
            # Whoever is here is no absence: they stand until they leave, and are dropped then.
            return {entry: entries[entry] in gone for entry in missing}

        found = await self._stack.get_many(list(entries), load) if entries else {}
        return {entries[entry] for entry, is_gone in found.items() if is_gone}

    async def drop(self, entries: Sequence[Outdated | FeedsOfFollowers]) -> None:
        """Forget that it was not."""
        await self._stack.invalidate(
            *(entry.entry for entry in entries if isinstance(entry, Outdated))
        )
