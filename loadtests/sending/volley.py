"""A burst that starts on time on a machine that has no core to spare.

A greenlet for each start costs several times what sending does. Here everything is made beforehand,
and one loop sends: a start is a look at the clock and one `send` that cannot block. Answers are
taken while that loop is ahead of its schedule, and after it.
"""

# mypy: allow-untyped-calls

import socket
import time
from collections.abc import Callable, Sequence

from gevent.monkey import get_original

from loadtests.mixes.request import Request
from loadtests.sending.books import Books
from loadtests.sending.connection import Connection, Reply, wire
from loadtests.sending.exchanges import Exchanges, Line
from loadtests.sending.priority import raised
from loadtests.sending.shot import Shot

_REQUEST = Request("greeting", "GET", "/healthz")
GREETING = Shot(_REQUEST, wire(_REQUEST, None))


class Volley:
    """Shots in turn to `hosts`, each at its time and over a connection of its own.

    The constructor connects, and sends one request for `/healthz`, which no cache and no database
    sees, over every connection. Merely connected would not do: the kernel lets a client connect
    before the server accepts, so that the first requests would pay for 500 accepts. Where the
    server hangs up on that request, the connection is opened anew and left at that; where there is
    none to be had within `timeout_s`, the shot fails when its time has come.
    """

    def __init__(
        self,
        hosts: Sequence[str],
        starts: Sequence[tuple[float, Shot]],
        books: Books,
        *,
        timeout_s: float,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._books = books
        self._timeout_s = timeout_s
        until_s = clock() + timeout_s
        turns = [hosts[number % len(hosts)] for number in range(len(starts))]
        greetings = [
            Line(0.0, GREETING, _connect(host, max(0.01, until_s - clock()))) for host in turns
        ]
        greeted = Exchanges(greetings, clock, timeout_s=timeout_s)
        greeted.fire()
        list(greeted.ended())
        self._lines = [
            Line(at_s, shot, _usable(greeting, host, max(0.01, until_s - clock())))
            for (at_s, shot), greeting, host in zip(starts, greetings, turns, strict=True)
        ]

    def send(self, now_s: Callable[[], float]) -> int:
        """Start every shot, wait for every answer, hang up; return how many were started.

        `now_s` is the time since the first was meant to start.
        """
        exchanges = Exchanges(self._lines, now_s, timeout_s=self._timeout_s)
        with raised():
            exchanges.fire()
        for line in self._lines:
            self._books.recorder.started(line.started_s - line.at_s)
        for line in exchanges.ended():
            assert line.result is not None
            self._books.enter(line.shot.request, line.at_s, line.end_s, line.result)
        for line in self._lines:
            _hang_up(line.opened)
        return len(self._lines)


def _connect(host: str, timeout_s: float) -> socket.socket | OSError:
    """A connection that no greenlet waits for: gevent's own `send` costs twice as much."""
    try:
        descriptor = Connection(host, timeout_s).detach()
    except OSError as problem:
        return problem
    opened: socket.socket = get_original("socket", "socket")(fileno=descriptor)
    opened.setblocking(False)
    return opened


def _usable(greeting: Line, host: str, timeout_s: float) -> socket.socket | OSError:
    """The greeted connection if the server keeps it, else a fresh one."""
    if isinstance(greeting.result, Reply) and not greeting.result.is_last:
        return greeting.opened
    _hang_up(greeting.opened)
    return _connect(host, timeout_s)


def _hang_up(opened: socket.socket | OSError) -> None:
    if not isinstance(opened, OSError):
        opened.close()
