"""One keep-alive connection of a client that asks for one thing only: bytes out, an answer in."""

import socket
from dataclasses import dataclass

_LENGTH = b"\r\ncontent-length: "


class BrokenError(Exception):
    """The server hung up, or sent what this client does not read; the text is a kind of error."""


@dataclass(slots=True, eq=False)
class Line:
    """A connected socket that does not block, and what has come over it since the last question."""

    opened: socket.socket
    asked_s: float = 0.0
    received: bytes = b""
    body_bytes: int = 0  # of the last answer

    @classmethod
    def to(cls, host: str) -> "Line":
        """Connect to "127.0.0.1:8000"."""
        name, _, port = host.rpartition(":")
        opened = socket.create_connection((name, int(port)), timeout=5.0)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.setblocking(False)
        return cls(opened)

    def ask(self, wire: bytes, now_s: float) -> None:
        """Send a request; it is far smaller than what a socket takes at once."""
        self.received = b""
        self.asked_s = now_s
        self.opened.send(wire)

    def hear(self) -> bytes | None:
        """The whole answer, or None when more is to come. Raises BrokenError."""
        try:
            piece = self.opened.recv(262_144)
        except BlockingIOError:
            return None
        except OSError:
            raise BrokenError("reset") from None
        if not piece:
            raise BrokenError("hung up")
        answer = self.received + piece if self.received else piece
        end = answer.find(b"\r\n\r\n")
        if end >= 0:
            at = answer.find(_LENGTH, 0, end)
            if at < 0:
                raise BrokenError("no content-length")
            start = at + len(_LENGTH)
            stop = answer.find(b"\r", start)
            self.body_bytes = int(answer[start:stop])
            if len(answer) >= end + 4 + self.body_bytes:
                self.received = b""
                return answer
        self.received = answer
        return None

    def close(self) -> None:
        """Hang up."""
        self.opened.close()


def wire_of(path: str) -> bytes:
    """A GET, as bytes."""
    return f"GET {path} HTTP/1.1\r\nhost: corral\r\n\r\n".encode()


def status_of(answer: bytes) -> int:
    """The status of a whole answer."""
    return int(answer[9:12])
