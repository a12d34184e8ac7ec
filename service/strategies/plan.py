"""A strategy is a value: one field per decision, and nothing else knows which one runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from service.feed.models import Reputation
from service.feed.ports import Pages
from service.keys import Kind
from service.queries.unit_of_work import Announce
from service.strategies.codecs import Codec
from service.strategies.invalidation import Drops
from service.strategies.stack import Layer

if TYPE_CHECKING:
    from service.strategies.tools import Site, Tools


class CachedPages(Pages, Drops, Protocol):
    """What is read, from whatever is cached of it."""


class Standing(Protocol):
    """Where a user's reputation comes from."""

    async def of(self, user_id: int, handle: str) -> Reputation:
        """One user's."""

    async def drop(self, user_ids: Sequence[int]) -> None:
        """Forget what changed."""


Slot = Callable[["Site"], Layer[Any]]
NearSlot = Callable[["Site", Layer[Any]], Layer[Any]]  # it is told what it stands before
Ttl = Callable[[Any], float | None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a strategy decides.

    `entries` says what one entry holds; `codec` how it is written; `ttl` how long it lives;
    `near`, `flight`, `shared` and `limit` what stands in each slot of the stack; `absence` whether
    a missing thing is remembered; `reputation` whether components or the result are cached;
    `invalidation` when entries are dropped.
    """

    name: str
    summary: str
    entries: "Callable[[Tools], CachedPages]"
    codec: Callable[[Any], Codec[Any]]
    ttl: Callable[[Kind], Ttl]
    near: NearSlot
    flight: Slot
    shared: Slot
    limit: Slot
    absence: Callable[[Any], Any]
    reputation: "Callable[[Tools], Standing]"
    invalidation: Callable[[Drops], Announce]
