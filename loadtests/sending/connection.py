"""One keep-alive HTTP/1.1 connection, as cheap as it can be: the generator shares its machine.

A general client costs several times as much CPU a request, which on two cores is taken from the
service under test. This one knows Content-Length only and says so when it meets anything else.
"""

import socket
import time
from collections.abc import Callable
from typing import NamedTuple

from loadtests.mixes.request import Request

IDLE_LIMIT_S = 4.0  # uvicorn closes after 5 s of silence: open anew before it does


class Reply(NamedTuple):
    """Status, the Cache-Status header ("" when absent) and the body.

    `is_last`: the server closes the connection after it, as it does after an error of its own.
    """

    status: int
    cache_status: str
    body: bytes
    is_last: bool


class BadReplyError(Exception):
    """The server closed the connection, or sent what this client does not read."""


def wire(request: Request, token: str | None) -> bytes:
    """The bytes of a request, made before the run so that sending costs nothing more."""
    lines = [f"{request.method} {request.path} HTTP/1.1", "host: corral"]
    if token:
        lines.append(f"authorization: Bearer {token}")
    if request.body:
        lines += ["content-type: application/json", f"content-length: {len(request.body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + request.body


class Connection:
    """Sends one request at a time to `host` ("127.0.0.1:8000") and reads its answer."""

    def __init__(
        self, host: str, timeout_s: float, *, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        name, _, port = host.rpartition(":")
        self._address = (name, int(port))
        self._timeout_s = timeout_s
        self._clock = clock
        self._socket: socket.socket | None = None
        self._used_at = 0.0

    def open(self) -> socket.socket:
        """Connect when not connected, or when the server may be about to close."""
        if self._socket is not None and self._clock() - self._used_at < IDLE_LIMIT_S:
            return self._socket
        self.close()
        opened = socket.create_connection(self._address, self._timeout_s)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket, self._used_at = opened, self._clock()
        return opened

    def detach(self) -> int:
        """Connect, and hand the open socket to the caller, as a file descriptor."""
        opened, self._socket = self.open(), None
        return opened.detach()

    def close(self) -> None:
        """Close; the next `exchange` opens again."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def exchange(self, request: bytes) -> Reply:
        """Send and wait. Any error leaves the connection closed."""
        try:
            opened = self.open()
            opened.sendall(request)
            reply = _read(opened)
        except BaseException:
            self.close()
            raise
        self._used_at = self._clock()
        if reply.is_last:
            self.close()
        return reply


class Head(NamedTuple):
    """What precedes a body, which ends `total_bytes` after the beginning of the answer."""

    status: int
    cache_status: str
    is_last: bool
    body_at: int
    total_bytes: int

    def reply(self, answer: bytes | bytearray) -> Reply:
        """The whole answer, once all of it is there."""
        body = bytes(answer[self.body_at : self.total_bytes])
        return Reply(self.status, self.cache_status, body, self.is_last)


def head_of(answer: bytes | bytearray) -> Head | None:
    """The head of an answer that has begun to arrive; None while it is incomplete.

    Raises BadReplyError when this client cannot tell where such an answer ends.
    """
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = bytes(answer[:end]).lower()
    if not head[9:12].isdigit():
        raise BadReplyError(f"This is not the head of an HTTP/1.1 answer: {head[:40]!r}")
    status = int(head[9:12])
    length = 0 if status in {204, 304} else _length(head)
    cache_status, is_last = _header(head, b"\r\ncache-status:"), b"\r\nconnection: close" in head
    return Head(status, cache_status, is_last, end + 4, end + 4 + length)


def _read(opened: socket.socket) -> Reply:
    answer = bytearray(_receive(opened))
    while (head := head_of(answer)) is None:
        answer += _receive(opened)
    while len(answer) < head.total_bytes:
        answer += _receive(opened)
    return head.reply(answer)


def _receive(opened: socket.socket) -> bytes:
    piece = opened.recv(65_536)
    if not piece:
        raise BadReplyError("The server closed the connection before the end of its answer.")
    return piece


def _length(head: bytes) -> int:
    value = _header(head, b"\r\ncontent-length:")
    if not value:
        raise BadReplyError("The answer has no Content-Length; this client reads no other kind.")
    return int(value)


def _header(head: bytes, name: bytes) -> str:
    at = head.find(name)
    if at < 0:
        return ""
    start = at + len(name)
    end = head.find(b"\r\n", start)
    return head[start : end if end >= 0 else len(head)].strip().decode("ascii", "replace")
