"""Sends requests in an open or a closed loop, a greenlet for each that is under way."""

# mypy: allow-untyped-calls

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import gevent

from loadtests.sending.books import Books
from loadtests.sending.connection import BadReplyError, Connection, Reply
from loadtests.sending.paging import next_page
from loadtests.sending.shot import Shot

# Starts that are due are handed out this many at a time before the answers get a turn.
_BATCH = 8
# `recent_s` is a moving average over about so many answers: one slow one is no overload.
_RECENT = 20


@dataclass
class _Lane:
    """One host: its idle connections, last used first, and the starts that wait for one."""

    idle: list[Connection]
    waiting: deque[tuple[float, Shot]] = field(default_factory=deque)


class Traffic:
    """Shots in turn to `hosts`, each over one of `connections` a host."""

    def __init__(
        self,
        hosts: list[str],
        books: Books,
        *,
        connections: int,
        timeout_s: float,
        drop_after_s: float,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._lanes = [
            _Lane([Connection(host, timeout_s) for _ in range(connections)]) for host in hosts
        ]
        self.books = books
        self._drop_after_s = drop_after_s
        self._clock = clock
        self._began = clock()
        self.outstanding = 0
        self.recent_s = 0.0

    def begin(self) -> None:
        """Time 0 of the run is now."""
        self._began = self._clock()

    def now_s(self) -> float:
        """Seconds since `begin`."""
        return self._clock() - self._began

    def close(self) -> None:
        """Close every idle connection."""
        for lane in self._lanes:
            for connection in lane.idle:
                connection.close()

    def open_loop(
        self,
        starts: Iterable[tuple[float, Shot]],
        *,
        stop: Callable[[float], bool] = lambda _at_s: False,
    ) -> int:
        """Start every shot at its time, answered or not; return how many were started.

        Ends early at the first start for which `stop` is true. Does not wait for answers: `drain`.
        """
        number = 0
        for at_s, shot in starts:
            ahead_s = at_s - self.now_s()
            if ahead_s > 0:
                gevent.sleep(ahead_s)
            elif number % _BATCH == 0:
                gevent.sleep(0)
            if stop(at_s):
                break
            self.books.recorder.started(self.now_s() - at_s)
            self._offer(self._lanes[number % len(self._lanes)], at_s, shot)
            number += 1
        return number

    def closed_loop(self, shots: list[Shot], *, workers: int) -> int:
        """Send all shots, `workers` at a time, each starting when a worker is free."""
        numbered = iter(enumerate(shots))

        def work() -> None:
            for number, shot in numbered:
                lane = self._lanes[number % len(self._lanes)]
                connection = lane.idle.pop()
                self._exchange(connection, self.now_s(), shot)
                lane.idle.append(connection)

        self.outstanding += len(shots)
        gevent.joinall([gevent.spawn(work) for _ in range(workers)])
        return len(shots)

    def drain(self) -> None:
        """Wait until nothing is outstanding; what waits too long is dropped meanwhile."""
        while self.outstanding:
            gevent.sleep(0.01)

    def _offer(self, lane: _Lane, at_s: float, shot: Shot) -> None:
        self.outstanding += 1
        if lane.idle:
            gevent.spawn(self._serve, lane, lane.idle.pop(), at_s, shot)
        else:
            lane.waiting.append((at_s, shot))

    def _serve(self, lane: _Lane, connection: Connection, at_s: float, shot: Shot) -> None:
        self._exchange(connection, at_s, shot)
        while lane.waiting:
            at_s, shot = lane.waiting.popleft()
            if (now_s := self.now_s()) - at_s > self._drop_after_s:
                self.books.recorder.dropped(shot.request.kind, at_s, now_s)
                self.outstanding -= 1
            else:
                self._exchange(connection, at_s, shot)
        lane.idle.append(connection)

    def _exchange(self, connection: Connection, at_s: float, shot: Shot) -> None:
        """Send, and as whoever reads on does, ask for the next page as soon as one is there."""
        further: Shot | None = shot
        while further is not None:
            shot, result = further, _answer(connection, further)
            answer = self.books.enter(shot.request, at_s, self.now_s(), result)
            self.recent_s += (answer.latency_ms / 1_000 - self.recent_s) / _RECENT
            further, at_s = next_page(shot, result), answer.end_s
        self.outstanding -= 1


def _answer(connection: Connection, shot: Shot) -> Reply | Exception:
    try:
        return connection.exchange(shot.wire)
    except (OSError, BadReplyError) as problem:
        return problem
