"""One schedule: two processes, a few readers and writers, one class of faults, one seed."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from service.keys import POST
from tests.simulation.checker import settled_s
from tests.simulation.client import Client
from tests.simulation.counters import CounterProcess
from tests.simulation.database import Database
from tests.simulation.entries import EntryProcess
from tests.simulation.faults import Faults
from tests.simulation.history import History, Write
from tests.simulation.lanes import Lane
from tests.simulation.outbox import RelayProcess
from tests.simulation.plan import Pieces, draw_plan
from tests.simulation.process import Process, Site
from tests.simulation.scheduler import START_S, new_scheduler
from tests.simulation.server import Server
from tests.simulation.weather import Weather
from tests.simulation.writer import announce_of, write

# Where drops get lost; elsewhere the protocol has to do without a relay in most schedules.
NEEDS_RELAY = {"flush", "writer_crash", "lost_invalidation", "failover"}


class World:
    """`run()` once; then `history` tells what happened, and `lines` how."""

    def __init__(
        self, seed: int, kind: str, pieces: Pieces | None = None, *, traced: bool = False
    ) -> None:
        self.kind = kind
        self.history = History()
        self.lines: list[str] = []
        self.loop = new_scheduler((seed, kind))
        self._traced = traced
        self._pieces = pieces or Pieces()
        self._random = self.loop.random
        self._weather = Weather(self._random)
        self.plan = self._pieces.plan or draw_plan(self._random)
        self.server = Server(self.loop, self._weather, self.note)
        self.database = Database(self.loop, self._weather, self.note)
        self._posts = [1, 2] if self._random.random() < 0.3 else [1]
        self._tokens = self._pieces.tokens(self.loop, self.server)
        self._faults = Faults(kind, self.loop, self.server, self.database, self.history, self.note)
        self._worked_until_s = 0.0
        self._relays = kind in NEEDS_RELAY or self._random.random() < 0.3
        self._relay = RelayProcess(
            self._process("relay"), self.database, replays=self._pieces.replays
        )
        self.server.dropped = self._dropped
        self._work: list[tuple[Lane, asyncio.Task[None]]] = []

    def run(self) -> History:
        """Run it to the end; what must hold at the end, and does not, is among the errors."""
        self.loop.run_until_complete(self._main())
        for failure in self.loop.failures:
            self.history.errors.append(f"{failure['message']}: {failure.get('exception')!r}")
        return self.history

    def note(self, who: str, what: Callable[[], str]) -> None:
        """One line of the trace."""
        if self._traced and what():
            self.lines.append(f"{self.loop.time() - START_S:10.6f}  {who:<9} {what()}")

    def _dropped(self, key: str) -> None:
        for post_id, version in self.database.versions.items():
            if key == f"{POST.key(post_id)}:v":
                self.database.at_drop[POST.key(post_id)] = version

    async def _main(self) -> None:
        processes = [self._process(name) for name in "AB"]
        self._faults.hit = [process.site.lane for process in processes]
        self.note("world", lambda: f"{self.plan}, relay={self._relays}")
        await self._finish([self._start(each.site.lane, each.start()) for each in processes])
        running = []
        if self._relays and self._pieces.relay:
            running.append(self._start(self._relay.process.site.lane, self._relay.run()))
        self._start_work(processes)
        await self._finish(self._work)
        self._faults.stop()
        self._worked_until_s = self.loop.time()
        await self._rest()
        alive = [process for process in processes if not process.site.lane.dead]
        for post_id in self._posts:
            await self._finish(
                [self._start(each.site.lane, each.read(post_id, final=True)) for each in alive]
            )
        self._check_entries()
        self._relay.end()
        await self._finish(running)
        await self._close([*processes, self._relay.process])

    def _start_work(self, processes: list[Process]) -> None:
        draw = self._random
        for process in processes:
            for _reader in range(1 + int(draw.random() * 2)):
                self._work.append(self._start(process.site.lane, self._reader(process)))
        for _writer in range(2):
            process = processes[int(draw.random() * 2)]
            self._work.append(self._start(process.site.lane, self._writer(process)))

    async def _reader(self, process: Process) -> None:
        for _ in range(1 + int(self._random.random() * 3)):
            await self._pause()
            if len(self._posts) > 1 and self._random.random() < 0.5:
                await process.read_many(self._posts)
            else:
                await process.read(self._random.choice(self._posts))

    async def _writer(self, process: Process) -> None:
        for _ in range(1 + int(self._random.random() * 2)):
            await self._pause()
            done = Write(process.site.lane.name, self._random.choice(self._posts))
            settling = self._relay.settling if self._relays else None
            announce = announce_of(done, process, self._pieces, settling)
            await write(done, process, self.database, announce)

    async def _pause(self) -> None:
        longest_s = self._random.choice((0.0, 0.0, 0.002, 0.02, 0.3, 1.5))
        if longest_s:
            await asyncio.sleep(self._random.random() * longest_s)

    async def _rest(self) -> None:
        """Until all faults are over, and everything should be right again."""
        while (left_s := self._over_s() + settled_s(self.kind) - self.loop.time()) > 0:
            if self.kind in NEEDS_RELAY and self._relay.has_rested(self._over_s()):
                return  # sooner than promised: all the better, and half the steps
            await asyncio.sleep(min(0.5, left_s))

    def _over_s(self) -> float:
        """When the last fault or write was over; a commit may outlive its process."""
        ends_s = [trouble.ended_s for trouble in self.history.troubles]
        ends_s += [write.returned_s or write.committed_s for write in self.history.writes]
        return max(*ends_s, self._worked_until_s)

    def _start(
        self, lane: Lane, work: Coroutine[Any, Any, None]
    ) -> tuple[Lane, asyncio.Task[None]]:
        return lane, self.loop.spawn(lane, work)

    async def _finish(self, started: list[tuple[Lane, asyncio.Task[None]]]) -> None:
        """Wait for work, but not for that of the dead; errors are errors of the schedule."""
        while left := [task for lane, task in started if not task.done() and not lane.dead]:
            await asyncio.wait(left, timeout=1.0)  # one of them may be killed
        for lane, task in started:
            if task.done() and (error := task.exception()):
                self.history.errors.append(f"{lane.name}: {error!r}")

    def _check_entries(self) -> None:
        for post_id in self._posts:
            version = self.database.versions.get(post_id, 0)
            try:
                held = self._relay.process.held(self.server.keyspace, post_id)
            except ValueError as error:
                self.history.errors.append(str(error))
                continue
            if held is not None and held != version:
                self.history.errors.append(
                    f"stuck: the cache holds version {held} of post {post_id}, not {version}"
                )

    async def _close(self, processes: list[Process]) -> None:
        """End everything; a task that is left would be one that nobody owns."""
        for process in processes:
            if not process.site.lane.dead:
                await self.loop.spawn(process.site.lane, process.aclose())
                left = [task for task in process.site.lane.tasks if not task.done()]
                self.history.errors += [f"not ended: {task.get_coro()}" for task in left]
        for process in processes:
            # What a killed process left is ended here, or the interpreter would complain of it.
            process.site.client.closed, process.site.lane.frozen = True, False
            while left := [task for task in process.site.lane.tasks if not task.done()]:
                for task in left:
                    task.cancel()
                await asyncio.wait(left, timeout=1)

    def _process(self, name: str) -> Process:
        lane = self.loop.new_lane(name)
        site = Site(
            lane,
            Client(self.loop, self.server, self._weather, lane),
            self.database,
            self.history,
            self.plan,
            self._pieces,
            self._tokens,
            self._random.uniform(-0.02, 0.02),
        )
        return CounterProcess(site) if self._pieces.counters else EntryProcess(site)
