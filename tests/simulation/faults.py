"""What goes wrong in a schedule: one class of faults each, at moments drawn from the seed.

A moment is a number of commands: faults hit where something is going on, not where time passes.
"""

import random
from collections import deque
from collections.abc import Callable

from tests.simulation.database import Database
from tests.simulation.history import History, Trouble
from tests.simulation.lanes import Lane
from tests.simulation.links import Link
from tests.simulation.scheduler import Scheduler
from tests.simulation.server import MOST_LAG, Server
from tests.simulation.trace import Trace

# The commands of the protocol itself; heartbeats and the relay's polls would use up the moments.
COUNTED = {"GET", "MGET", "claim", "fill", "drop", "abort"} | {
    "counter read", "counter claim", "counter create", "counter add",
}  # fmt: skip
MOMENTS = 30


class Faults:
    """Does one class of faults to one schedule. `hit` are the processes that may be hit."""

    def __init__(
        self, kind: str, loop: Scheduler, server: Server, database: Database, history: History,
        trace: Trace,
    ) -> None:  # fmt: skip
        self.hit: list[Lane] = []
        self._random: random.Random = loop.random
        self._loop = loop
        self._server = server
        self._database = database
        self._history = history
        self._trace = trace
        self._count = 0
        self._moments: set[int] = set()
        self._over = False
        self._act: Callable[[Lane], None] = lambda _lane: None
        getattr(self, f"_{kind}")()

    def stop(self) -> None:
        """No new faults from here on; those under way end by themselves."""
        self._over = True

    def _none(self) -> None:
        pass

    def _eviction(self) -> None:
        self._at(5, self._evict)

    def _flush(self) -> None:
        self._at(2, self._empty)

    def _writer_crash(self) -> None:
        nth = [1 + int(self._random.random() * 3)]

        def committed(lane: Lane) -> None:
            nth[0] -= 1
            if nth[0] == 0:
                self.kill(lane)

        if self._random.random() < 0.7:
            self._database.committed = committed
        else:
            self._at(1, self.kill)

    def _lost_invalidation(self) -> None:
        def before(lane: Lane, name: str) -> bool:
            drops = (
                name in {"drop", "PUBLISH", "counter add"} and lane in self.hit and not self._over
            )
            lost = drops and self._random.random() < 0.5
            if lost:
                self._note(0.0)
            return not lost

        self._server.before = before

    def _failover(self) -> None:
        self._server.replicated = deque(maxlen=MOST_LAG + 1)
        self._at(1, lambda _lane: self._away(self._server.fail_over))

    def _holder_pause(self) -> None:
        self._at(3, self._freeze)

    def _lost_messages(self) -> None:
        self._at(3, self._break_links)
        self._server.overheard = self._overheard

    def _at(self, most: int, act: Callable[[Lane], None]) -> None:
        count = 1 + int(self._random.random() * most)
        self._moments = {1 + int(self._random.random() * MOMENTS) for _ in range(count)}
        self._act = act
        self._server.after = self._after

    def _after(self, lane: Lane, name: str) -> None:
        if name not in COUNTED or lane not in self.hit or self._over:
            return
        self._count += 1
        if self._count in self._moments:
            self._act(lane)

    def _evict(self, _lane: Lane) -> None:
        gone = [key for key in self._server.keyspace.keys if self._random.random() < 0.5]
        self._trace("fault", lambda: f"evicted: {', '.join(map(bytes.decode, gone)) or 'nothing'}")
        self._note(0.0)
        for key in gone:
            del self._server.keyspace.keys[key]

    def _empty(self, _lane: Lane) -> None:
        if self._random.random() < 0.5:
            self._trace("fault", lambda: "FLUSHALL")
            self._note(0.0)
            self._server.keyspace.restore({})
        else:
            self._away(lambda: self._server.restart({}))

    def _away(self, act: Callable[[], None]) -> None:
        """The server answers nobody for a while, or not even that long."""
        away_s = self._random.choice((0.0, 0.0, 0.01, 1.0)) * self._random.random()
        self._trace("fault", lambda: f"another server answers, after {away_s:.3f} s")
        self._note(away_s)
        act()
        self._server.down = away_s > 0
        self._loop.arrive(self._loop.main, away_s, self._server.come_back)

    def kill(self, lane: Lane) -> None:
        """A process is no more: nothing in it ever runs again."""
        if len([other for other in self.hit if not other.dead]) < 2:
            return  # somebody has to see what became of it
        self._trace("fault", lambda: f"process {lane.name} was killed")
        self._note(0.5)  # what it had sent still arrives
        lane.dead = lane.frozen = True
        self._server.hang_up(lane)

    def _freeze(self, lane: Lane) -> None:
        pause_s = 0.05 + self._random.random() * self._random.choice((0.5, 2.0, 4.0))
        self._trace("fault", lambda: f"process {lane.name} stands still for {pause_s:.3f} s")
        self._note(pause_s, lane.name)
        lane.frozen = True

        def go_on() -> None:
            self._trace("fault", lambda: f"process {lane.name} goes on")
            lane.frozen = False

        self._loop.arrive(self._loop.main, pause_s, go_on)

    def _break_links(self, lane: Lane) -> None:
        """The subscriptions of one process are cut, or carry nothing from now on."""
        hang = self._random.random() < 0.6
        for link in self._server.links_of(lane):
            if self._random.random() < 0.7:
                self._trace("fault", lambda: f"{lane.name}: a link {'hangs' if hang else 'is cut'}")
                self._break(link, hang=hang)
        self._note(0.0, lane.name)

    def _break(self, link: Link, *, hang: bool) -> None:
        if hang:
            link.hung = True
        else:
            self._server.unsubscribe(link)
            link.cut()

    def _overheard(self, link: Link, channel: bytes) -> bool:
        """Single messages get lost only on the way of the wake-ups, which promise nothing."""
        if self._over or channel != b"lease" or self._random.random() >= 0.2:
            return True
        self._trace("fault", lambda: f"{link.lane.name}: a message is lost")
        self._note(0.0, link.lane.name)
        return False

    def _note(self, lasts_s: float, process: str = "") -> None:
        now_s = self._loop.time()
        self._history.troubles.append(Trouble(now_s, now_s + lasts_s, process))


KINDS = (
    "none", "eviction", "flush", "writer_crash", "lost_invalidation", "failover",
    "holder_pause", "lost_messages",
)  # fmt: skip
