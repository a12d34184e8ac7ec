"""PostgreSQL: its store, its command line, and how to know that it is up."""

import contextlib
import signal
import socket
import struct
from pathlib import Path

from service.embedded.child import Child
from service.embedded.place import Place
from service.embedded.store import USER

# A throw-away store: `make clean` and a new seeding replace it. So it need not survive a power
# cut, and a benchmark should not measure this machine's disk. A crash of the server alone loses
# nothing: what it wrote is in the operating system's hands.
_THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

_SETTINGS = _THROW_AWAY | {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # One statement, one core: latencies stay comparable whatever the planner thinks of a query.
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track_utility": "off",
    "pg_stat_statements.max": "5000",
}


def postgres(place: Place, *, log: Path, lock_fd: int) -> Child:
    """Describe the server on a store that exists, not started."""
    _forget_dead_postmaster(place.data)
    return Child(
        title="PostgreSQL",
        log=log,
        lock_fd=lock_fd,
        command=lambda port: _command(place, port),
        answers=lambda port, pid: _is_open(place.data, pid) and _answers(port),
        endings=(signal.SIGINT, signal.SIGQUIT),
        # Not SIGINT: its checkpoint can take long, and nobody would be left to hurry it.
        death_signal=signal.SIGQUIT,
        enter=place.identity.enter,
    )


def _command(place: Place, port: int) -> list[str]:
    settings = [word for k, v in _SETTINGS.items() for word in ("-c", f"{k}={v}")]
    return [str(place.binaries / "postgres"), "-D", str(place.data), "-p", str(port), *settings]


def _forget_dead_postmaster(data: Path) -> None:
    """Remove the `postmaster.pid` of a server that was killed.

    PostgreSQL refuses to start when that number is alive, as some other process of the same user,
    as it often is after a restart of a container. We hold the home's lock, so it is none of ours; a
    server that somebody started here by hand has its working directory here.
    """
    file = data / "postmaster.pid"
    with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
        pid = int(file.read_text().splitlines()[0])
        if Path("/proc/self/cwd").exists() and _directory_of(pid) != data.resolve():
            file.unlink()


def _directory_of(pid: int) -> Path | None:
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return None


def _is_open(data: Path, pid: int) -> bool:
    """Whether that very process says that it accepts connections."""
    with contextlib.suppress(OSError):
        lines = (data / "postmaster.pid").read_text().splitlines()
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"
    return False


def _answers(port: int) -> bool:
    """Whether the server lets us in and answers a query: the protocol's start, without a driver."""
    parameters = f"user\0{USER}\0database\0postgres\0\0".encode()
    hello = struct.pack("!ii", 8 + len(parameters), 3 << 16) + parameters
    query = b"SELECT 1\0"
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1.0) as connection:
            return _idle_after(connection, hello) and _idle_after(
                connection, b"Q" + struct.pack("!i", 4 + len(query)) + query
            )
    except OSError:
        return False


def _idle_after(connection: socket.socket, message: bytes) -> bool:
    """Send a message and read up to ReadyForQuery; false when the server hangs up first."""
    connection.sendall(message)
    received = b""
    while not received.endswith(b"Z\0\0\0\5I"):
        more = connection.recv(65536)
        if not more:
            return False
        received += more
    return True
