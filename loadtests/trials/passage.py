"""A way through to a server, over TCP on loopback, that can be shut, held and slowed."""

import asyncio
import socket
import struct
from asyncio import Protocol, Transport
from collections import deque
from typing import cast

BACKLOG = 512


class Passage:
    """Forwards bytes between clients and one server. `delay_s` holds what the server answers.

    `held`: connections stay and new ones are accepted, but nothing passes in either direction; what
    was sent meanwhile passes when it is open again, as when a server stood still.
    """

    def __init__(self, host: str, port: int, link: "type[Client] | None" = None) -> None:
        self.server = (host, port)
        self._link = link or Client
        self.delay_s = 0.0
        self.held = False
        self.links: set[Side] = set()
        self._place = _bound(0)
        self.port = int(self._place.getsockname()[1])
        self._listener: asyncio.Server | None = None

    async def open(self) -> None:
        """End every fault."""
        self.delay_s, self.held = 0.0, False
        for side in self.links:
            side.steer()
        if self._listener is None:
            loop = asyncio.get_running_loop()
            self._listener = await loop.create_server(
                lambda: self._link(self), sock=self._place, backlog=BACKLOG
            )

    async def shut(self) -> None:
        """Reset every connection and refuse new ones: the server is down."""
        if self._listener is not None:
            self._listener.close()
            # Bound, but not listening: connections are refused and nobody else gets the port.
            self._place = _bound(self.port)
            self._listener = None
        for side in list(self.links):
            side.reset()

    async def hang(self) -> None:
        """Let nothing through, and say nothing."""
        await self.open()
        self.held = True
        for side in self.links:
            side.steer()

    async def slow(self, delay_s: float) -> None:
        """Hold every answer for so long; in order, and without making one wait for another."""
        await self.open()
        self.delay_s = delay_s

    async def lead(self, host: str, port: int) -> None:
        """To another server, from the next connection on."""
        self.server = (host, port)

    async def end(self) -> None:
        """Close everything."""
        await self.shut()
        self._place.close()


class Side(Protocol):
    """One end of a link: what arrives here leaves by `other`."""

    def __init__(self, passage: Passage) -> None:
        self.passage = passage
        self.other: Side | None = None
        self.transport: Transport | None = None
        self.full = False  # what leaves here is not taken fast enough
        self._due: deque[tuple[float, bytes]] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        self.transport = cast("Transport", transport)
        self.passage.links.add(self)
        self.steer()

    def connection_lost(self, _error: Exception | None) -> None:
        """Whoever is at the other end is told, once it has had everything."""
        self.passage.links.discard(self)
        self.transport = None
        if self.other is not None and not self._due:
            self.other.bereft()

    def bereft(self) -> None:
        """The other end is gone, and everything it said has been passed on."""
        if self.transport is not None:
            self.transport.close()

    def data_received(self, piece: bytes) -> None:
        """Pass it on."""
        self.pass_on(piece)

    def pass_on(self, piece: bytes) -> None:
        """Write it to the other end, which is connected: nothing is read before it is."""
        if self.other is not None and self.other.transport is not None:
            self.other.transport.write(piece)

    def pause_writing(self) -> None:
        """The other end reads no more until this one has been taken."""
        self._fill(full=True)

    def resume_writing(self) -> None:
        """There is room again."""
        self._fill(full=False)

    def _fill(self, *, full: bool) -> None:
        self.full = full
        if self.other is not None:
            self.other.steer()

    def steer(self) -> None:
        """Read, or leave it lying, as things stand."""
        if self.transport is None or self.transport.is_closing():
            return
        if self.passage.held or self.other is None or self.other.full:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    def reset(self) -> None:
        """Lingering for zero seconds: the peer gets a reset and not an orderly end."""
        if self.transport is not None:
            linger = struct.pack("ii", 1, 0)
            peer = self.transport.get_extra_info("socket")
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.transport.abort()


class Client(Side):
    """The end at which somebody knocks; it goes on to the server when it may."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Find the server, and read nothing until it is there."""
        super().connection_made(transport)
        self.finding = asyncio.create_task(self.find())

    def answered(self) -> None:
        """The server has something to say."""

    async def find(self) -> None:
        """Connect to the server, or hang up."""
        loop = asyncio.get_running_loop()
        server = Server(self.passage)
        try:
            await loop.create_connection(lambda: server, *self.passage.server)
        except OSError:
            self.reset()
            return
        self.other, server.other = server, self
        if self.transport is None:  # it left meanwhile
            server.reset()
        self.steer()
        server.steer()


class Server(Side):
    """The end at which the server answers."""

    def data_received(self, piece: bytes) -> None:
        """Pass it on, at once or when its time has come, and never before what came earlier."""
        if isinstance(self.other, Client):
            self.other.answered()
        if not self.passage.delay_s and not self._due:
            self.pass_on(piece)
            return
        loop = asyncio.get_running_loop()
        due = loop.time() + self.passage.delay_s
        self._due.append((max(due, self._due[-1][0]) if self._due else due, piece))
        if len(self._due) == 1:
            loop.call_at(due, self._pass_due)

    def _pass_due(self) -> None:
        loop = asyncio.get_running_loop()
        while self._due and self._due[0][0] <= loop.time():
            self.pass_on(self._due.popleft()[1])
        if self._due:
            loop.call_at(self._due[0][0], self._pass_due)
        elif self.transport is None and self.other is not None:
            self.other.bereft()


def _bound(port: int) -> socket.socket:
    place = socket.socket()
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    place.bind(("127.0.0.1", port))
    return place
