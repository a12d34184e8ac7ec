"""HTTP over plain streams: cheap enough to offer hundreds of requests a second, and rude."""

import asyncio
import contextlib
import math
from collections.abc import Callable, Sequence

Request = tuple[str, str, str, bytes]  # method, path, header lines, body
PATIENCE_S = 60.0
RESET = 0  # instead of a status: the server closed the connection


class Pool:
    """Connections to one port, each for one request at a time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(
        self, method: str, path: str, headers: str = "", body: bytes = b""
    ) -> tuple[int, int]:
        """Status of the answer, and how long its body is."""
        reader, writer = self._free.pop() if self._free else await self._open()
        writer.write(_head(method, path, headers, len(body)) + body)
        answer = await _answer(reader)
        self._free.append((reader, writer))
        return answer

    async def body(self, path: str) -> str:
        """What a read answers."""
        reader, writer = await self._open()
        writer.write(_head("GET", path, "Connection: close\r\n", 0))
        answer = await reader.read()
        writer.close()
        return answer.partition(b"\r\n\r\n")[2].decode()

    async def alone(self, method: str, path: str, headers: str, body: bytes) -> tuple[int, int]:
        """The same on a connection of its own, which the server may close before it read all."""
        reader, writer = await self._open()
        # Read from the first byte on: what comes before the server resets is lost after it.
        answer = asyncio.ensure_future(_answer(reader))
        try:
            writer.write(_head(method, path, headers, len(body)) + body)
            with contextlib.suppress(ConnectionError):
                await writer.drain()
            return await asyncio.wait_for(answer, PATIENCE_S)
        except (ConnectionError, asyncio.IncompleteReadError):
            return 0, 0
        finally:
            writer.close()

    async def slowly(self, for_s: float) -> str:
        """Send a body a byte a second; the status, or that the server waited all along."""
        reader, writer = await self._open()
        writer.write(_head("POST", "/v1/posts", "Content-Type: application/json\r\n", 1000))
        answer = asyncio.ensure_future(_answer(reader))
        try:
            for _ in range(round(for_s)):
                writer.write(b" ")
                done, _ = await asyncio.wait({answer}, timeout=1.0)
                if done:
                    return str(answer.result()[0])
        except (ConnectionError, asyncio.IncompleteReadError):
            return "closed"
        finally:
            answer.cancel()
            writer.close()
        return "still waiting"

    def close(self) -> None:
        """Close what is free."""
        for _, writer in self._free:
            writer.close()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self._port)


async def offered(
    pool: Pool,
    request: Callable[[], Request],
    per_s: float,
    for_s: float,
    counts: dict[int, int] | None = None,
) -> list[float]:
    """Send at a rate, whatever is answered; seconds from when each was meant to be sent."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    took_s: list[float] = []

    async def one(meant_s: float) -> None:
        try:
            status, _ = await pool.ask(*request())
        except (OSError, asyncio.IncompleteReadError):
            status = RESET
        took_s.append(loop.time() - meant_s)
        if counts is not None:
            counts[status] = counts.get(status, 0) + 1

    async with asyncio.TaskGroup() as group:
        for number in range(round(per_s * for_s)):
            meant_s = began_s + number / per_s
            await asyncio.sleep(max(meant_s - loop.time(), 0))
            group.create_task(one(meant_s))
    return took_s


def percentile(values: Sequence[float], percent: float) -> float:
    """The least value that is not below so many percent of all."""
    return sorted(values)[max(math.ceil(len(values) * percent / 100) - 1, 0)]


def _head(method: str, path: str, headers: str, length: int) -> bytes:
    size = f"Content-Length: {length}\r\n" if length else ""
    return f"{method} {path} HTTP/1.1\r\nHost: corral\r\n{headers}{size}\r\n".encode()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, int]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = int(head.partition("content-length: ")[2].partition("\r\n")[0] or 0)
    await reader.readexactly(length)
    return int(head.split(maxsplit=2)[1]), length
