"""Loads of a service since a mark: those that its log still holds, and how many it does not."""

from collections.abc import Sequence
from dataclasses import dataclass

from loadtests.services import Load, Service


@dataclass(frozen=True, slots=True)
class Loads:
    """What began after a mark; `forgotten`: as many more, which no log holds any longer."""

    known: list[Load]
    forgotten: int

    @property
    def doubt(self) -> str | None:
        """Why what is read from those that are known cannot be relied on, if it cannot."""
        if not self.forgotten:
            return None
        return f"the services no longer knew {self.forgotten:,} of their loads"


async def load_marks(service: Service) -> list[int]:
    """The number of the last load that began, of each process."""
    return [stats["loads_total"] for stats in await service.stats()]


async def loads_since(service: Service, marks: Sequence[int]) -> Loads:
    """Those that began after the marks: of a service at rest, where all of them are over."""
    told = await service.stats(marks)
    known = [load for stats in told for load in stats["loads"]]
    return Loads(known, sum(stats["loads_total"] for stats in told) - sum(marks) - len(known))
