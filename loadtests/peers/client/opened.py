"""The open loop: every request at its time, whatever has become of those before.

Latencies run from the time that was meant. A request takes a connection that is free, else a new
one; where there are too many already, it fails, and says so.
"""

import gc
import selectors
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from loadtests.peers.client.line import BrokenError, Line, status_of, wire_of

GREETING = wire_of("/readyz")
_AS_OF = b'"as_of":'
_NAP_S = 0.05


@dataclass(slots=True, eq=False)
class Shot:
    """One request: when it is meant to start, and what became of it.

    `outcome` is the status, or a kind of error. `age_s` is how old the answer's value was as it
    came, counted from when its load began; None where the answer does not say.
    """

    at_s: float
    host: int
    wire: bytes
    started_s: float = 0.0
    end_s: float = 0.0
    outcome: int | str = ""
    age_s: float | None = None
    line: Line | None = None


class OpenLoop:
    """Sends shots, in order of their times, to `hosts`; at most `most` connections to each."""

    def __init__(self, hosts: Sequence[str], *, timeout_s: float, most: int) -> None:
        self._hosts = hosts
        self._timeout_s = timeout_s
        self._most = most
        self._free: list[list[Line]] = [[] for _ in hosts]
        self._open = [0 for _ in hosts]
        self._selector = selectors.DefaultSelector()
        self._under_way: deque[Shot] = deque()  # in order of start
        self._began_s = 0.0

    def prepare(self, each: int) -> None:
        """Open so many connections to each host, and wait until each was answered once.

        Merely connected would not do: the kernel lets a client connect before the server accepts.
        """
        greeted = [
            (host, self._line(host)) for host in range(len(self._hosts)) for _ in range(each)
        ]
        for _, line in greeted:
            line.ask(GREETING, 0.0)
        for host, line in greeted:
            line.opened.settimeout(self._timeout_s)
            while line.hear() is None:
                pass
            line.opened.setblocking(False)
            self._free[host].append(line)

    def run(self, shots: Sequence[Shot]) -> None:
        """Send them all, and wait for every answer."""
        gc.collect()
        gc.disable()
        self._began_s = time.perf_counter()
        waiting = deque(shots)
        try:
            while waiting or self._under_way:
                now_s = self._now_s()
                while waiting and waiting[0].at_s <= now_s:
                    self._start(waiting.popleft())
                    now_s = self._now_s()
                self._give_up(now_s)
                next_s = waiting[0].at_s - now_s if waiting else _NAP_S
                for key, _ in self._selector.select(min(max(next_s, 0.0), _NAP_S)):
                    self._hear(key.data)
        finally:
            gc.enable()
            self._selector.close()
            for line in (line for lines in self._free for line in lines):
                line.close()

    def _now_s(self) -> float:
        return time.perf_counter() - self._began_s

    def _line(self, host: int) -> Line:
        line = Line.to(self._hosts[host])
        self._open[host] += 1
        return line

    def _start(self, shot: Shot) -> None:
        shot.started_s = self._now_s()
        free = self._free[shot.host]
        try:
            if not free and self._open[shot.host] >= self._most:
                self._end(shot, "no connection")
                return
            shot.line = free.pop() if free else self._line(shot.host)
            shot.line.ask(shot.wire, shot.started_s)
        except OSError:
            self._drop(shot)
            self._end(shot, "refused")
            return
        self._selector.register(shot.line.opened, selectors.EVENT_READ, shot)
        self._under_way.append(shot)

    def _hear(self, shot: Shot) -> None:
        assert shot.line is not None
        try:
            answer = shot.line.hear()
        except BrokenError as broken:
            self._selector.unregister(shot.line.opened)
            self._drop(shot)
            self._end(shot, str(broken))
            return
        if answer is None:
            return
        self._selector.unregister(shot.line.opened)
        self._free[shot.host].append(shot.line)
        shot.line = None
        self._end(shot, status_of(answer))
        shot.age_s = _age_s(answer)

    def _give_up(self, now_s: float) -> None:
        while self._under_way:
            oldest = self._under_way[0]
            if not oldest.outcome:
                if oldest.started_s + self._timeout_s > now_s:
                    return
                assert oldest.line is not None
                self._selector.unregister(oldest.line.opened)
                self._drop(oldest)
                self._end(oldest, "no answer")
            self._under_way.popleft()

    def _drop(self, shot: Shot) -> None:
        if shot.line is not None:
            shot.line.close()
            self._open[shot.host] -= 1
            shot.line = None

    def _end(self, shot: Shot, outcome: int | str) -> None:
        shot.end_s, shot.outcome = self._now_s(), outcome


def _age_s(answer: bytes) -> float | None:
    at = answer.rfind(_AS_OF)
    if at < 0:
        return None
    end = answer.find(b"}", at)
    return time.time() - float(answer[at + len(_AS_OF) : end])
