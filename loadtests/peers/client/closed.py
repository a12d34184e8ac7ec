"""The closed loop: so many connections, each asking again as soon as it has its answer.

For throughput and CPU per request alone: who waits for an answer before the next question is kind
to a service that stalls.
"""

import gc
import selectors
import time
from collections.abc import Iterator, Sequence
from typing import TypedDict

from loadtests.peers.client.cpu import cpu_s
from loadtests.peers.client.line import BrokenError, Line, status_of

_NAP_S = 1.0
DRAIN_S = 5.0


class Window(TypedDict):
    """What came back. `cpu_s` is the servers', None where it cannot be known.

    All but `errors` is of good answers alone: whoever refuses quickly is no faster for it.
    """

    requests: int
    errors: int
    body_bytes: int
    wall_s: float
    p50_ms: float
    p99_ms: float
    mean_ms: float
    cpu_s: float | None
    client_cpu_s: float


class ClosedLoop:
    """Asks one host what `wires` says, until it ends or the time is over."""

    def __init__(self, host: str, wires: Iterator[bytes], connections: int) -> None:
        self._host = host
        self._wires = wires
        self._latencies: list[float] = []
        self._errors = 0
        self._body_bytes = 0
        self._selector = selectors.DefaultSelector()
        self._asking = 0
        self._lines = [Line.to(host) for _ in range(connections)]

    def run(self, for_s: float, pids: Sequence[int], *, lead_s: float = 0.0) -> Window:
        """Ask for `lead_s` that does not count, and then for as long as does.

        Neither do answers that come after the time is over: the next window must not meet them.
        """
        for line in self._lines:
            self._selector.register(line.opened, selectors.EVENT_READ, line)
        gc.collect()
        gc.disable()
        try:
            now_s = time.perf_counter()
            for line in self._lines:
                self._ask(line, now_s)
            self._loop(now_s + lead_s)
            window = self._measured(for_s, pids)
            self._wires = iter(())
            self._loop(time.perf_counter() + DRAIN_S)
        finally:
            gc.enable()
            self._close()
        return window

    def _measured(self, for_s: float, pids: Sequence[int]) -> Window:
        self._latencies.clear()
        self._errors = self._body_bytes = 0
        servers_s, own_s, began_s = cpu_s(pids), time.process_time(), time.perf_counter()
        self._loop(began_s + for_s)
        wall_s = time.perf_counter() - began_s
        spent_s = cpu_s(pids)
        sorted_s = sorted(self._latencies) or [0.0]
        return {
            "requests": len(self._latencies),
            "errors": self._errors,
            "body_bytes": self._body_bytes,
            "wall_s": wall_s,
            "p50_ms": 1_000 * sorted_s[len(sorted_s) // 2],
            "p99_ms": 1_000 * sorted_s[int(0.99 * len(sorted_s))],
            "mean_ms": 1_000 * sum(sorted_s) / len(sorted_s),
            "cpu_s": None if spent_s is None or servers_s is None else spent_s - servers_s,
            "client_cpu_s": time.process_time() - own_s,
        }

    def _ask(self, line: Line, now_s: float) -> None:
        wire = next(self._wires, None)
        if wire is not None:
            line.ask(wire, now_s)
            self._asking += 1

    def _loop(self, until_s: float) -> None:
        clock, select, latencies = time.perf_counter, self._selector.select, self._latencies
        while self._asking and (now_s := clock()) < until_s:
            for key, _ in select(min(until_s - now_s, _NAP_S)):
                line: Line = key.data
                try:
                    answer = line.hear()
                except BrokenError:
                    self._asking -= 1
                    self._errors += 1
                    self._ask(self._anew(line), clock())
                    continue
                if answer is not None:
                    now_s = clock()
                    if status_of(answer) == 200:
                        latencies.append(now_s - line.asked_s)
                        self._body_bytes += line.body_bytes
                    else:
                        self._errors += 1
                    self._asking -= 1
                    self._ask(line, now_s)

    def _anew(self, line: Line) -> Line:
        self._selector.unregister(line.opened)
        line.close()
        fresh = Line.to(self._host)
        self._lines[self._lines.index(line)] = fresh
        self._selector.register(fresh.opened, selectors.EVENT_READ, fresh)
        return fresh

    def _close(self) -> None:
        self._selector.close()
        for line in self._lines:
            line.close()
