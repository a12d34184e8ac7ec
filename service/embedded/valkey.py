"""Valkey: its command line, and how to know that it is up."""

import re
import signal
import socket
from pathlib import Path

from service.embedded.child import Child
from service.embedded.errors import EmbeddedError

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")


def valkey(name: str, *, server: Path, home: Path, lock_fd: int) -> Child:
    """Describe the Valkey of that name, not started; it keeps nothing on disk."""
    if not _NAME.fullmatch(name):
        raise EmbeddedError(
            f"{name!r} is no name for a Valkey: use lower-case letters, digits, - and _."
        )
    data = home / f"valkey-{name}"
    data.mkdir(exist_ok=True)
    return Child(
        title=f"Valkey {name}",
        log=home / f"valkey-{name}.log",
        lock_fd=lock_fd,
        command=lambda port: _command(server, data, port),
        answers=_answers,
        endings=(signal.SIGTERM, signal.SIGKILL),
        death_signal=signal.SIGKILL,  # there is nothing to save
    )


def _command(server: Path, data: Path, port: int) -> list[str]:
    settings = {
        "port": str(port),
        "bind": "127.0.0.1",
        "dir": str(data),
        "save": "",
        "appendonly": "no",
        "maxmemory-policy": "allkeys-lru",
        "enable-debug-command": "no",
    }
    return [str(server), *(word for k, v in settings.items() for word in (f"--{k}", v))]


def _answers(port: int, pid: int) -> bool:
    """Whether that very process answers: the port could be somebody else's by now."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1.0) as connection:
            connection.sendall(b"PING\r\nINFO server\r\nQUIT\r\n")
            reply = b"".join(iter(lambda: connection.recv(65536), b""))
    except OSError:
        return False
    return reply.startswith(b"+PONG") and f"\nprocess_id:{pid}\r".encode() in reply
