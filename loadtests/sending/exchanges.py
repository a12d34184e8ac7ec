"""Many requests at their times from one loop, and their answers, without a greenlet for each."""

# mypy: allow-untyped-calls

import gc
import select
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import gevent.socket
from gevent.monkey import get_original

from loadtests.sending.connection import BadReplyError, Head, Reply, head_of
from loadtests.sending.shot import Shot

# Answers taken at a time while ahead of the schedule: so few that the next start is not late.
_BETWEEN_STARTS = 4
_AFTERWARDS = 64
# Waking up costs more CPU than a start: sleep so long, then start all that is due meanwhile.
_SLEEP_AT_LEAST_S = 0.001


@dataclass(slots=True, eq=False)
class Line:
    """One shot, the open socket that is its own, and how it went.

    `opened` is not gevent's socket but Python's own and does not block; it may instead be why there
    is none. All times are seconds of the same clock; `result` is None while under way.
    """

    at_s: float
    shot: Shot
    opened: socket.socket | OSError
    started_s: float = 0.0
    end_s: float = 0.0
    result: Reply | Exception | None = None
    head: Head | None = None
    received: bytearray = field(default_factory=bytearray)


class Exchanges:
    """Sends the shot of every line at its time, or up to 1 ms later together with its neighbours.

    Each has `timeout_s` from its actual start.
    """

    def __init__(
        self, lines: Sequence[Line], now_s: Callable[[], float], *, timeout_s: float
    ) -> None:
        self._now_s = now_s
        self._timeout_s = timeout_s
        self._ready = [(line.at_s, line, line.shot.wire, *_means(line.opened)) for line in lines]
        self._under_way: dict[int, Line] = {}  # by descriptor, in order of start
        self._ended: list[Line] = []
        # gevent takes them away from whoever does not mean to stop all greenlets for a while.
        self._epoll: select.epoll = get_original("select", "epoll")()
        self._sleep: Callable[[float], None] = get_original("time", "sleep")

    def fire(self) -> None:
        """Start them all. No greenlet runs meanwhile, and no garbage is collected."""
        gc.disable()
        try:
            for at_s, line, wire, send, descriptor in self._ready:
                while (ahead_s := at_s - self._now_s()) > 0:
                    if not self._take(_BETWEEN_STARTS):
                        self._sleep(max(ahead_s, _SLEEP_AT_LEAST_S))
                line.started_s = self._now_s()
                try:
                    send(wire)
                    self._epoll.register(descriptor, select.EPOLLIN)
                    self._under_way[descriptor] = line
                except OSError as problem:
                    self._end(line, problem)
        finally:
            gc.enable()

    def ended(self) -> Iterator[Line]:
        """Every line in order of its end, in answer or error; other greenlets run meanwhile."""
        while True:
            ended, self._ended = self._ended, []
            yield from ended
            if self._under_way:
                self._wait()
            elif not self._ended:
                break
        self._epoll.close()

    def _wait(self) -> None:
        descriptor, oldest = next(iter(self._under_way.items()))
        left_s = oldest.started_s + self._timeout_s - self._now_s()
        if left_s <= 0:
            self._forget(descriptor)
            self._end(oldest, TimeoutError())
            return
        with suppress(TimeoutError):
            gevent.socket.wait_read(  # type: ignore[attr-defined]  # it is there, and documented
                self._epoll.fileno(), timeout=left_s
            )
        self._take(_AFTERWARDS)

    def _take(self, at_most: int) -> int:
        events = self._epoll.poll(0, at_most)
        for descriptor, _ in events:
            line = self._under_way[descriptor]
            result = _receive(line)
            if result is not None:
                self._forget(descriptor)
                self._end(line, result)
        return len(events)

    def _forget(self, descriptor: int) -> None:
        self._epoll.unregister(descriptor)
        del self._under_way[descriptor]

    def _end(self, line: Line, result: Reply | Exception) -> None:
        line.end_s, line.result = self._now_s(), result
        self._ended.append(line)


def _means(opened: socket.socket | OSError) -> tuple[Callable[[bytes], int], int]:
    """How to send, looked up beforehand, and the descriptor."""
    if not isinstance(opened, OSError):
        return opened.send, opened.fileno()
    problem = opened

    def fail(_wire: bytes) -> int:
        raise problem

    return fail, -1


def _receive(line: Line) -> Reply | Exception | None:
    """What ended the line, or None when more is to come."""
    assert not isinstance(line.opened, OSError)
    try:
        piece = line.opened.recv(65_536)
        if not piece:
            return BadReplyError("The server closed the connection before the end of its answer.")
        line.received += piece
        line.head = line.head or head_of(line.received)
    except BlockingIOError:
        return None
    except (OSError, BadReplyError) as problem:
        return problem
    if line.head is None or len(line.received) < line.head.total_bytes:
        return None
    return line.head.reply(line.received)
