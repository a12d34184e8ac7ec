"""A TCP proxy with faults that are switched while it runs; its loop is a thread of its own."""

import asyncio
import contextlib
import random
import socket
import struct
import threading
from collections.abc import Callable, Coroutine, Iterator
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

T = TypeVar("T")
Way = Literal["up", "down"]  # to the server, to the client
WAYS: tuple[Way, Way] = ("up", "down")
CHUNK_BYTES = 65536


class Proxy:
    """Listens on a loopback port and forwards to `port`; use it as a context manager.

    `slow`, `hang`, `cut` and `refuse` are the faults, `heal` ends them all. Each returns when it
    is in force.
    """

    def __init__(self, port: int, *, seed: int = 0) -> None:
        self._server_port = port
        self._random = random.Random(seed)
        self._delay_s = (0.0, 0.0)
        self._links: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._listener: asyncio.Server | None = None
        self._place = _bound(0)
        self.port: int = self._place.getsockname()[1]
        self.accepted = 0
        self._flowing: dict[Way, asyncio.Event] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._start)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._do(self._end)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def slow(self, least_s: float, most_s: float) -> None:
        """Hold each piece for a random time, in order; what arrives meanwhile travels with it."""
        self._delay_s = (least_s, most_s)

    def hang(self, *ways: Way) -> None:
        """Keep connections, accept new ones, forward nothing in these directions (default: both).

        What was sent meanwhile arrives at `heal`, as it does when packets are sent again.
        """

        async def hang() -> None:
            for way in ways or WAYS:
                self._flowing[way].clear()

        self._do(hang)

    def cut(self) -> None:
        """Reset every connection; new ones are welcome."""
        self._do(self._cut)

    def refuse(self) -> None:
        """Reset every connection and refuse new ones."""
        self._do(self._refuse)

    def heal(self) -> None:
        """End every fault."""
        self._delay_s = (0.0, 0.0)
        self._do(self._heal)

    def _do(self, action: Callable[[], Coroutine[Any, Any, T]]) -> T:
        return asyncio.run_coroutine_threadsafe(action(), self._loop).result(10)

    async def _start(self) -> None:
        self._flowing = {way: asyncio.Event() for way in WAYS}
        await self._heal()

    async def _heal(self) -> None:
        for event in self._flowing.values():
            event.set()
        if self._listener is None:
            self._listener = await asyncio.start_server(self._accept, sock=self._place)

    async def _cut(self) -> None:
        for link in self._links:
            _reset(link)

    async def _refuse(self) -> None:
        if self._listener is not None:
            self._listener.close()
            # Bound, but not listening: connections are refused and nobody else gets the port.
            self._place = _bound(self.port)
            self._listener = None
        await self._cut()

    async def _end(self) -> None:
        await self._refuse()
        self._place.close()
        # What was accepted in this very moment has a task that has not begun; cancelled like that
        # it would never close its socket. And what was closed needs a turn to be gone.
        await _turns()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await _turns()

    async def _accept(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        self.accepted += 1
        with self._linked(client), contextlib.suppress(OSError, asyncio.CancelledError):
            up_reader, server = await asyncio.open_connection("127.0.0.1", self._server_port)
            with self._linked(server):
                pumps = {
                    asyncio.create_task(self._pump(reader, server, "up")),
                    asyncio.create_task(self._pump(up_reader, client, "down")),
                }
                # Either end may hang up; the other is then told so by the end of its link.
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
                for pump in pumps:
                    pump.cancel()
                await asyncio.wait(pumps)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way
    ) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(CHUNK_BYTES):
                least_s, most_s = self._delay_s
                if most_s:
                    await asyncio.sleep(self._random.uniform(least_s, most_s))
                await self._flowing[way].wait()
                writer.write(piece)
                await writer.drain()

    @contextlib.contextmanager
    def _linked(self, writer: asyncio.StreamWriter) -> Iterator[None]:
        self._links.add(writer)
        try:
            yield
        finally:
            self._links.discard(writer)
            writer.close()


async def _turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def _bound(port: int) -> socket.socket:
    place = socket.socket()
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    place.bind(("127.0.0.1", port))
    return place


def _reset(writer: asyncio.StreamWriter) -> None:
    # Lingering for zero seconds: the peer gets a reset and not an orderly end.
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()
