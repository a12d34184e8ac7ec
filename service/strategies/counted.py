"""Drops that are counted, by what was dropped and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from service import keys
from service.patterns.metering import Metering
from service.strategies.invalidation import Drops
from service.strategies.outdated import FeedsOfFollowers, Outdated


@dataclass(frozen=True, slots=True)
class CountedDrops:
    """Whoever holds the entries, and a count of each that was dropped for this `cause`.

    The feeds of an author's followers count as one: how many there were is the holder's to know.
    """

    caches: Drops
    metering: Metering
    cause: str

    async def drop(self, entries: Sequence[Outdated | FeedsOfFollowers]) -> None:
        """Forget them, then count them."""
        await self.caches.drop(entries)
        for entry in entries:
            kind = entry.kind if isinstance(entry, Outdated) else keys.FEED
            self.metering.invalidated(kind.name, self.cause)


def counted(caches: Drops, metering: Metering | None, cause: str) -> Drops:
    """The same, counted if anything is."""
    return caches if metering is None else CountedDrops(caches, metering, cause)
