"""Rows with versions and an outbox, in memory: what is committed is seen by all, at one moment."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tests.simulation.history import Write
from tests.simulation.lanes import Lane
from tests.simulation.scheduler import Scheduler
from tests.simulation.trace import Trace
from tests.simulation.weather import Weather

T = TypeVar("T")


@dataclass(slots=True)
class OutboxRow:
    """Which post a transaction changed; `done_s` once its entry is known to be dropped."""

    id: int
    post_id: int
    version: int = 0
    written_s: float = 0.0
    done_s: float | None = None
    locked: bool = False


@dataclass(slots=True)
class Transaction:
    """A change that nobody else sees yet; an outbox row's number is drawn before the commit."""

    write: Write
    number: int
    row: OutboxRow | None = None

    def keep(self) -> int:
        """Add the outbox row."""
        self.row = OutboxRow(self.number, self.write.post_id)
        return self.number


class Database:
    """`committed` is called at each commit, with the writer's lane."""

    def __init__(self, loop: Scheduler, weather: Weather, trace: Trace) -> None:
        self.versions: dict[int, int] = {}
        self.at_drop: dict[str, int] = {}  # by key of an entry, when it was last dropped
        self.outbox: list[OutboxRow] = []
        self.committed: Callable[[Lane], None] = lambda _lane: None
        self._loop = loop
        self._weather = weather
        self._trace = trace
        self._lane = loop.new_lane("database")
        self._row_id = 0

    async def read(self, sender: Lane, post_id: int) -> int:
        """The version of a post, 0 where there is none: a statement of its own, on the primary."""

        def act() -> int:
            version = self.versions.get(post_id, 0)
            self._trace(sender.name, lambda: f"SELECT post {post_id}: version {version}")
            return version

        return await self.ask(sender, act, query_s=self._weather.query_s())

    async def begin(self, sender: Lane, write: Write) -> Transaction:
        """Change a post."""

        def act() -> Transaction:
            self._row_id += 1
            self._trace(sender.name, lambda: f"UPDATE post {write.post_id}")
            return Transaction(write, self._row_id)

        return await self.ask(sender, act)

    async def commit(self, sender: Lane, change: Transaction) -> None:
        """Make a change seen."""

        def act() -> None:
            write = change.write
            write.version = self.versions.get(write.post_id, 0) + 1
            write.committed_s = self._loop.time()
            self.versions[write.post_id] = write.version
            if change.row is not None:
                change.row.written_s, change.row.version = write.committed_s, write.version
                self.outbox.append(change.row)
            self._trace(
                sender.name, lambda: f"COMMIT: post {write.post_id} has version {write.version}"
            )
            self.committed(sender)

        await self.ask(sender, act)

    async def settle(self, sender: Lane, row_ids: Sequence[int]) -> None:
        """Mark rows of the outbox as done."""

        def act() -> None:
            self._trace(sender.name, lambda: f"UPDATE outbox {list(row_ids)}: done")
            for row in self.outbox:
                if row.id in row_ids:
                    row.done_s = self._loop.time()

        await self.ask(sender, act)

    def now_s(self) -> float:
        """The server's clock."""
        return self._loop.time()

    async def ask(self, sender: Lane, act: Callable[[], T], *, query_s: float = 0.0) -> T:
        """Do something at one moment in the database, a journey from the asker."""
        over: asyncio.Future[T] = self._loop.create_future()

        def arrived() -> None:
            self._loop.arrive(sender, self._weather.trip_s() + query_s, answered, act())

        def answered(result: T) -> None:
            if not over.done():
                over.set_result(result)

        self._loop.arrive(self._lane, self._weather.trip_s(), arrived)
        return await over
