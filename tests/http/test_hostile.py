"""Requests that are too large, against the real server: refused in time, and without memory."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from service.embedded.servers import Servers
from tests.clients import SECRET
from tests.world import Databases

MEGABYTE = 1_000_000
GROWTH_BYTES = 20 * MEGABYTE
ANSWER_BYTES = 2048
PATIENCE_S = 30
DROP_S = 0.5  # far below what the server waits for: it is not the pause that it refuses
POST = b"POST /v1/posts HTTP/1.1\r\nHost: corral\r\nContent-Type: application/json\r\n"


@dataclass(frozen=True)
class Running:
    """The service as a process."""

    process: Process
    port: int

    def memory_bytes(self) -> int:
        """What it holds."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture(scope="module")
async def running(databases: Databases, servers: Servers) -> AsyncIterator[Running]:
    """As `corral serve` starts it."""
    async with databases.copy_of("corral_test_world") as url:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "service.cli", "serve", "--port", "0", "--end-with-parent",
            env={
                **os.environ,
                "DATABASE_URL": url,
                "REDIS_URL": servers.redis_urls["layered"],
                "CORRAL_SECRET": SECRET,
                "CORRAL_UNLIMITED": "127.0.0.1/32",
            },
            stdout=PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        said = (await process.stdout.readline()).decode()
        port = int(said.partition("http://127.0.0.1:")[2].partition(",")[0])
        yield Running(process, port)
        process.terminate()
        await process.wait()


async def drip(writer: asyncio.StreamWriter, pieces: Sequence[bytes], pause_s: float) -> None:
    """Send piece by piece, as slowly as the worst of clients."""
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(pause_s)


async def answer_to(running: Running, *pieces: bytes, pause_s: float = 0.0) -> tuple[int, bytes]:
    """Send pieces until an answer comes, whatever the server thinks of them: status and body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)

    sending = asyncio.create_task(drip(writer, pieces, pause_s))
    try:
        async with asyncio.timeout(PATIENCE_S):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            body = await reader.readexactly(length)
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        writer.close()
    assert b"application/problem+json" in head
    assert len(body) <= ANSWER_BYTES
    status = int(head.split()[1])
    assert msgspec.json.decode(body)["status"] == status
    return status, body


async def test_what_is_too_much_is_refused(running: Running) -> None:
    """Fifty megabytes, a head of one, ten thousand parameters, brackets; memory stays as it is."""
    get = b"GET /v1/posts/77%b HTTP/1.1\r\nHost: corral\r\n%b\r\n"
    assert (await answer_to(running, get % (b"", b"")))[0] == 404
    before = running.memory_bytes()
    large, megabytes = b"Content-Length: 50000000\r\n\r\n", [b"x" * MEGABYTE] * 50
    chunked = b"Transfer-Encoding: chunked\r\n\r\n"
    pieces = [b"%x\r\n%b\r\n" % (MEGABYTE, b"x" * MEGABYTE)] * 50
    nested = b"[" * 5_000 + b"]" * 5_000
    for wanted, request in (
        (413, [POST + large, *megabytes]),
        (413, [POST + chunked, *pieces]),
        (431, [get % (b"", b"X-Much: " + b"a" * MEGABYTE + b"\r\n")]),
        (431, [get % (b"", b"X-Much: " + b"a" * 60_000 + b"\r\n")]),
        (414, [get % (b"?" + b"a=b&" * 10_000, b"")]),
        (431, [b"GET /" + b"a" * MEGABYTE]),
        (400, [b"\x16\x03\x01 this is no HTTP\r\n\r\n"]),
        (400, [POST + b"Content-Length: %d\r\n\r\n" % len(nested) + nested]),
    ):
        status, body = await answer_to(running, *request)
        assert wanted == status, body
    assert running.memory_bytes() - before < GROWTH_BYTES
    assert (await answer_to(running, get % (b"", b"")))[0] == 404


async def until_hung_up(running: Running, *drops: bytes) -> bytes:
    """Send a drop now and then, until the server closes the connection: what it said before."""
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)

    sending = asyncio.create_task(drip(writer, drops, DROP_S))
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await reader.read()
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        writer.close()


async def test_who_says_nothing_is_hung_up_on(running: Running) -> None:
    """No byte, or empty lines, first or after an answer; one who was answered may be silent."""
    get = b"GET /healthz HTTP/1.1\r\nHost: corral\r\n\r\n"
    kept, writer = await asyncio.open_connection("127.0.0.1", running.port)
    lines = [b"\r\n"] * 1000

    async def answered() -> bool:
        writer.write(get)
        head = await kept.readuntil(b"\r\n\r\n")
        return head.startswith(b"HTTP/1.1 200") and bool(await kept.read(1000))

    assert await answered()
    nothing, empty, after = await asyncio.gather(
        until_hung_up(running),
        until_hung_up(running, *lines),
        until_hung_up(running, get, *lines),
    )
    assert (b"", b"") == (nothing, empty)
    assert after.startswith(b"HTTP/1.1 200")
    assert after.count(b"HTTP/1.1") == 1
    assert await answered()  # it was silent for as long as it takes a head to be late
    writer.close()


async def test_who_is_too_slow_is_told_so(running: Running) -> None:
    """A byte now and then, of a body or of a head."""
    drops = [b"x"] * 1000
    body, head = await asyncio.gather(
        answer_to(running, POST + b"Content-Length: 1000\r\n\r\n", *drops, pause_s=DROP_S),
        answer_to(running, POST + b"X-Slow: ", *drops, pause_s=DROP_S),
    )
    assert (408, 408) == (body[0], head[0])
