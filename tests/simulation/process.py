"""One process of the service: what all have, whatever they cache."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from redis.exceptions import RedisError

from service.keys import Kind
from service.strategies.outdated import Outdated
from tests.simulation.client import Client
from tests.simulation.database import Database
from tests.simulation.history import History, Read
from tests.simulation.keyspace import Keyspace
from tests.simulation.lanes import Lane
from tests.simulation.plan import Pieces, Plan


@dataclass(frozen=True)
class Site:
    """Where a process runs, and what it is made of."""

    lane: Lane
    client: Client
    database: Database
    history: History
    plan: Plan
    pieces: Pieces
    token: Callable[[], str]
    skew_s: float  # of its clock


class Process(Protocol):
    """What a world asks of one; `read` and `read_many` note what came of it."""

    kind: ClassVar[Kind]
    site: Site

    async def start(self) -> None:
        """Open the subscriptions."""

    async def read(self, post_id: int, *, final: bool = False) -> None:
        """Read a post."""

    async def read_many(self, post_ids: Sequence[int]) -> None:
        """Read several at once."""

    async def follow(self, outdated: Outdated) -> None:
        """Do what a write owes this kind of entry."""

    async def redo(self, changes: Sequence[tuple[int, int]]) -> None:
        """The same for writes that are known by post and version alone: the relay's."""

    @staticmethod
    def held(keyspace: Keyspace, post_id: int) -> int | None:
        """The version that the cache holds. Raises ValueError when it is no sound one."""

    async def aclose(self) -> None:
        """End what runs in the background."""


class Reads:
    """Reads, noted; `get` is the cache, `load` the database, `stale` what may be served instead."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._loop = site.client.loop

    async def one(
        self,
        post_id: int,
        get: Callable[[], Awaitable[int]],
        *,
        stale: Callable[[int], int | None] = lambda _: None,
        floor: int = 0,
        final: bool = False,
    ) -> Read:
        """Read one post."""
        read = self._begin(post_id, floor)
        read.final = final
        self.say(f"reads post {post_id}")
        try:
            read.version = await get()
        except (RedisError, OSError):
            # What fail_open.py does: a copy if one may be served, else the database.
            copy = stale(post_id)
            read.marked = copy is not None
            read.version = await self.load(post_id) if copy is None else copy
        read.ended_s = self._loop.time()
        self.say(f"has read version {read.version} of post {post_id}")
        return read

    async def many(
        self,
        post_ids: Sequence[int],
        get_many: Callable[[], Awaitable[dict[int, int]]],
        *,
        floor: Callable[[int], int] = lambda _: 0,
    ) -> list[Read]:
        """Read several posts."""
        reads = [self._begin(post_id, floor(post_id)) for post_id in post_ids]
        self.say(f"reads posts {list(post_ids)}")
        try:
            versions = await get_many()
        except (RedisError, OSError):
            versions = {post_id: await self.load(post_id) for post_id in post_ids}
        for read in reads:
            read.version, read.ended_s = versions[read.post_id], self._loop.time()
        self.say(f"has read versions {[read.version for read in reads]}")
        return reads

    async def load(self, post_id: int) -> int:
        """Ask the database."""
        return await self._site.database.read(self._site.lane, post_id)

    def say(self, what: str) -> None:
        """A line of the trace."""
        self._site.client.server.trace(self._site.lane.name, lambda: what)

    def _begin(self, post_id: int, floor: int) -> Read:
        loop = self._loop
        read = Read(self._site.lane.name, post_id, loop.time(), loop.steps, floor)
        self._site.history.reads.append(read)
        return read
