# SPDX-License-Identifier: MIT
"""StatsD: hits and misses by key prefix, as UDP datagrams with DogStatsD's tags.

Closes: counting that slows what it counts. Here a full buffer, a dead agent or a burst costs
    counts, never time and never an error.
Race (the agent that goes away):
    1. the agent stops; the kernel hears "port unreachable" and keeps it for the next send
    2. the next send raises ConnectionRefusedError, in the middle of somebody's request
    3. the agent is back; the send after that would have reached it
  So an error is dropped here, and the send that only heard of an older one is tried once more.
Does not: repeat what was lost (UDP), tell when an event was (the agent's clock does), or follow a
    host name whose address changes: it is looked up once, when the sink is made, and blocks there.
Use:
    >>> with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as agent:
    ...     agent.bind(("127.0.0.1", 0))
    ...     statsd = StatsD(port=agent.getsockname()[1])
    ...     statsd("hit", "post", "l2")            # Metering(..., sinks=[statsd])
    ...     statsd.close()
    ...     agent.recv(1432)
    b'cache.hit:1|c|#key_prefix:post,layer:l2'

Source: docs.datadoghq.com, "DogStatsD datagram format"; the article's fix four.
"""

import asyncio
import random
import socket
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

# What fits an Ethernet frame: a larger datagram is cut in two, and lost when either part is.
_MOST_BYTES = 1432


class StatsD:
    """A sink for ``Metering``: ``cache.hit``, ``cache.miss`` … with the tag ``key_prefix``.

    Equal events of one turn of the event loop are one line. At most ``most`` different lines wait
    for the end of the turn; what comes beyond, and what the kernel does not take, is counted in
    ``dropped``. With ``sample`` below 1 so many are told of; the agent multiplies them up again.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 8125,
        *,
        sample: float = 1.0,
        prefix: str = "cache",
        most: int = 512,
        rand: Callable[[], float] = random.random,
    ) -> None:
        if not 0 < sample <= 1:
            raise ValueError(f"A sample is a share above 0 and up to 1, not {sample}.")
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        self.dropped = 0
        self._socket = socket.socket(family, kind)
        self._socket.setblocking(False)
        # Connected: no address look-up and no route look-up with each send.
        self._socket.connect(address)
        self._sample = sample
        self._rate = "" if sample == 1 else f"|@{sample:g}"
        self._prefix = prefix
        self._most = most
        self._rand = rand
        self._waiting: Counter[tuple[str, str, str]] = Counter()

    def __call__(self, result: str, cache: str, layer: str) -> None:
        """Count one request; it is sent when this turn of the event loop is over."""
        if self._sample < 1 and self._rand() >= self._sample:
            return
        event = (result, cache, layer)
        if len(self._waiting) >= self._most and event not in self._waiting:
            self.dropped += 1
            return
        is_first = not self._waiting
        self._waiting[event] += 1
        if is_first:
            self._flush_soon()

    def flush(self) -> None:
        """Send what waits, now."""
        events, self._waiting = self._waiting, Counter()
        lines = (
            f"{self._prefix}.{result}:{n}|c{self._rate}|#key_prefix:{cache},layer:{layer}"
            for (result, cache, layer), n in events.items()
        )
        for datagram in _datagrams(lines):
            if not self._deliver(datagram):
                self.dropped += datagram.count(b"\n") + 1

    def close(self) -> None:
        """Send what waits and close the socket; what comes later is dropped."""
        self.flush()
        self._socket.close()

    def _flush_soon(self) -> None:
        try:
            asyncio.get_running_loop().call_soon(self.flush)
        except RuntimeError:  # no loop runs, so no turn ends: send at once
            self.flush()

    def _deliver(self, datagram: bytes) -> bool:
        # Twice: the first error may be that of the datagram before (race, step 2).
        return self._send(datagram) or self._send(datagram)

    def _send(self, datagram: bytes) -> bool:
        try:
            self._socket.send(datagram)
        except OSError:
            return False
        return True


def _datagrams(lines: Iterable[str]) -> Iterator[bytes]:
    """Join lines to datagrams of at most ``_MOST_BYTES``."""
    datagram = b""
    for line in lines:
        raw = line.encode()
        if datagram and len(datagram) + 1 + len(raw) > _MOST_BYTES:
            yield datagram
            datagram = b""
        datagram = datagram + b"\n" + raw if datagram else raw
    if datagram:
        yield datagram
