"""A strategy is a value: one field per decision, and nothing else knows which one runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from service.feed.changes import CountsStep
from service.feed.models import Counts, Ranked, Reputation
from service.feed.ports import Discussions, Pages
from service.keys import Kind
from service.patterns.lease import Envelope
from service.patterns.metering import Metering
from service.queries.unit_of_work import Announce
from service.strategies.codecs import Codec
from service.strategies.invalidation import Drops
from service.strategies.layers import Layer

if TYPE_CHECKING:
    from service.strategies.cards import AuthorCards
    from service.strategies.outage import OnError
    from service.strategies.query_results import QueryResults
    from service.strategies.tools import Site, Tools
    from service.strategies.view_counts import View


class CachedPages(Pages, Drops, Protocol):
    """What is read, from whatever is cached of it."""

    @property
    def discussions(self) -> Discussions:
        """The comments, of which a strategy keeps as much as it likes."""

    @property
    def cards(self) -> "AuthorCards":
        """Names, for the pages that show some and for the lists of users."""


class Standing(Protocol):
    """Where a user's reputation comes from."""

    async def of(self, user_id: int, handle: str) -> Reputation:
        """One user's."""

    async def drop(self, user_ids: Sequence[int]) -> None:
        """Forget what changed."""


class Counters(Protocol):
    """Counts of posts, apart from the posts."""

    async def get_many(self, post_ids: Sequence[int]) -> Mapping[int, Counts | None]:
        """Counts of each post; None, or nothing, for one that does not stand."""

    async def changed(self, post_id: int, step: CountsStep | None) -> None:
        """Follow a step, or forget what is kept (None: what was added is not known)."""


class ViewCounts(Protocol):
    """Where views of posts are counted."""

    async def count(self, seen: "Sequence[View]") -> None:
        """Count those that are new."""

    async def flush(self) -> None:
        """Write what is not yet in the database."""


class Trending(Drops, Protocol):
    """Where the list of what is trending comes from when it is loaded."""

    async def posts(self) -> list[Ranked]:
        """The hottest posts, hottest first."""


Slot = Callable[["Site"], Layer[Any]]
WrapSlot = Callable[["Site", Layer[Any]], Layer[Any]]  # it is told what it stands before
Sink = Callable[[str, str, str], None]  # told of each look-up: its result, cache and layer
RefreshDue = Callable[[Envelope, float], bool]
Ttl = Callable[[Any], float | None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a strategy decides.

    `entries` says what one entry holds; `cached` whether what a list was made of is kept beneath
    it as well; `codec` how an entry is written; `ttl` how long it lives;
    `near`, `flight`, `shared` and `limit` what stands in each slot of the stack; `refresh` when a
    value is loaded again while it is served; `types` whether counters are values or native
    hashes; `rankings` whether what is trending is computed or follows events; `absence` whether
    a missing thing is remembered; `reputation` whether components or the result are cached;
    `invalidation` when entries are dropped; `fan_out` up to how many followers a post is pushed
    to home timelines, where `entries` have any; `on_error` what a cache that fails does to a read;
    `metering` what is counted; `views` where those of posts are.
    """

    name: str
    summary: str
    entries: "Callable[[Tools], CachedPages]"
    cached: "Callable[[Tools, Kind, Kind], QueryResults]"
    codec: Callable[[Any], Codec[Any]]
    ttl: Callable[[Kind], Ttl]
    near: WrapSlot
    flight: Slot
    shared: Slot
    limit: Slot
    refresh: Callable[[Kind], RefreshDue]
    types: "Callable[[Tools], Counters]"
    rankings: "Callable[[Tools], Trending]"
    absence: Callable[[Any], Any]
    reputation: "Callable[[Tools], Standing]"
    invalidation: Callable[[Drops], Announce]
    fan_out: Callable[[int], int]
    on_error: "OnError"
    metering: Callable[[Sequence[str], Sequence[Sink]], Metering | None]
    views: "Callable[[Tools], ViewCounts]"
