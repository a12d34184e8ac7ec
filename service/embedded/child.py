"""One server process: started on a free port, watched until it answers, ended for certain."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from service.embedded.errors import EmbeddedError
from service.embedded.linux import die_with_parent

# Another process can take a port between our look and the server's bind.
PORT_TRIES = 5
# Recovery after a crash replays the log first; a wait this long means that something is wrong.
START_S = 120.0
PATIENCE_S = (2.2, 0.8)
POLL_S = 0.01
TAIL_BYTES = 2000


def free_port() -> int:
    """Find a loopback TCP port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def spawn(
    command: Sequence[str],
    *,
    log: Path,
    lock_fd: int,
    death_signal: signal.Signals,
    enter: Callable[[], None] = lambda: None,
) -> "subprocess.Popen[bytes]":
    """Start a command that ends with us, after `enter` in the new process; output goes to `log`."""
    parent = os.getpid()

    def before_exec() -> None:
        enter()
        die_with_parent(parent, death_signal)

    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "PYTHON"))}
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",  # an account need not be able to reach where we are
            env=inherited | {"LC_ALL": "C", "TZ": "UTC"},
            pass_fds=(lock_fd,),
            preexec_fn=before_exec,  # noqa: PLW1509 - safe: the supervisor has one thread
        )


def tail(log: Path, start: int = 0) -> str:
    """Return the last lines of a log written since byte `start`."""
    size = log.stat().st_size
    with log.open("rb") as lines:
        lines.seek(max(start, size - TAIL_BYTES))
        return lines.read().decode(errors="replace").strip()


@dataclass
class Child:
    """A server to be: `command(port)` starts it, `answers(port, pid)` says that it is up.

    Two `endings` (polite, firm), then SIGKILL end it; when we are killed, `death_signal` does.
    """

    title: str
    log: Path
    lock_fd: int
    command: Callable[[int], Sequence[str]]
    answers: Callable[[int, int], bool]
    endings: tuple[signal.Signals, signal.Signals]
    death_signal: signal.Signals
    enter: Callable[[], None] = lambda: None
    find_port: Callable[[], int] = free_port
    port: int = 0
    process: "subprocess.Popen[bytes] | None" = None
    _tries: int = 0
    _log_start: int = 0
    _started: float = field(default_factory=time.monotonic)

    def start(self) -> None:
        """Start the server on a free port."""
        self.port = self.find_port()
        self._tries += 1
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        self.process = spawn(
            self.command(self.port),
            log=self.log,
            lock_fd=self.lock_fd,
            death_signal=self.death_signal,
            enter=self.enter,
        )

    def is_ready(self) -> bool:
        """Whether the server answers; starts it anew when its port was taken in between."""
        if self.is_running():
            self._check_patience()
            assert self.process is not None
            return self.answers(self.port, self.process.pid)
        said = tail(self.log, self._log_start)
        if "Address already in use" not in said or self._tries >= PORT_TRIES:
            raise EmbeddedError(f"{self.title} ended while it started; {self.log} says:\n{said}")
        self.start()
        return False

    def is_running(self) -> bool:
        """Whether the process was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if there is still somebody to get it."""
        if self.process is not None:
            self.process.send_signal(number)

    def _check_patience(self) -> None:
        if time.monotonic() - self._started > START_S:
            said = tail(self.log, self._log_start)
            raise EmbeddedError(
                f"{self.title} does not answer after {START_S:.0f} s; {self.log} says:\n{said}"
            )


def end_all(
    children: Sequence[Child],
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """End every child within 3 s: politely, firmly, by SIGKILL."""
    for step, patience_s in enumerate(PATIENCE_S):
        for child in children:
            child.signal(child.endings[step])
        end = clock() + patience_s
        while any(child.is_running() for child in children) and clock() < end:
            sleep(POLL_S)
    for child in children:
        child.signal(signal.SIGKILL)
        if child.process is not None:
            child.process.wait()
