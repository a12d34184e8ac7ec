"""A server whose latency is known: it answers at once, but for stalls at known times.

`python -m loadtests.selfcheck.known STALL_S EVERY_S` listens on a loopback port, which it tells,
and ends with its standard input. Whenever the time since 1970, divided by EVERY_S, leaves less than
STALL_S, nothing is answered until it does not.
"""

import asyncio
import gc
import sys
import time
from asyncio import Transport
from typing import cast

ANSWER = (
    b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncache-status: corral; hit\r\n"
    b"content-type: application/json\r\n\r\n{}"
)
BACKLOG = 1_024


def rest_of_stall_s(at_s: float, stall_s: float, every_s: float) -> float:
    """How long whoever asks at that time (unix) waits."""
    return max(0.0, stall_s - at_s % every_s) if stall_s else 0.0


class Known(asyncio.Protocol):
    """One connection, on which one thing is asked at a time, without a body."""

    def __init__(self, stall_s: float, every_s: float) -> None:
        self._stall_s, self._every_s = stall_s, every_s
        self._transport: Transport | None = None
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody is there."""
        self._transport = cast("Transport", transport)

    def data_received(self, piece: bytes) -> None:
        """Answer when all of a request is there."""
        self._heard += piece
        if self._heard.endswith(b"\r\n\r\n"):
            self._heard = b""
            self._answer()

    def _answer(self) -> None:
        rest_s = rest_of_stall_s(time.time(), self._stall_s, self._every_s)
        if rest_s:
            asyncio.get_running_loop().call_later(rest_s, self._answer)
        elif self._transport is not None:
            self._transport.write(ANSWER)


async def _serve(stall_s: float, every_s: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Known(stall_s, every_s), "127.0.0.1", 0, backlog=BACKLOG
    )
    gc.freeze()
    print(server.sockets[0].getsockname()[1], flush=True)
    words = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(words), sys.stdin)
    await words.read()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1]), float(sys.argv[2])))
