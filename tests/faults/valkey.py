"""A Valkey of our own, which may be frozen, killed and started again."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from service.embedded.binaries import valkey_server
from service.embedded.child import free_port
from tests.waiting import until_now

PROJECT = Path(__file__).parents[2]
UP_S = 10.0

# Runs a program that the kernel ends when we end. In place of a `preexec_fn`, which is not safe
# beside the threads of proxies.
_LAUNCH = """
import os, signal, sys
from service.embedded.linux import die_with_parent
die_with_parent(int(sys.argv[1]), signal.SIGKILL)
os.execv(sys.argv[2], sys.argv[2:])
"""


class Valkey:
    """A server that keeps its port for good, and nothing else."""

    def __init__(self, home: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it, empty, and wait until it answers."""
        program = [sys.executable, "-S", "-c", _LAUNCH, str(os.getpid())]
        settings = {
            "--port": str(self.port),
            "--bind": "127.0.0.1",
            "--dir": str(self._home),
            "--logfile": str(self._home / "valkey.log"),
            "--save": "",
            "--appendonly": "no",
        }
        words = [word for setting in settings.items() for word in setting]
        self._process = subprocess.Popen([*program, str(valkey_server()), *words], cwd=PROJECT)
        until_now(self._is_up, within_s=UP_S)

    def kill(self) -> None:
        """End it as nobody expects."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def flush(self) -> None:
        """Empty it."""
        with Redis(port=self.port) as redis:
            redis.flushall()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it accept connections and answer nothing, for as long as the block."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    @contextlib.contextmanager
    def gone(self) -> Iterator[None]:
        """Kill it; with the end of the block it is back, empty."""
        self.kill()
        try:
            yield
        finally:
            self.start()

    def _is_up(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._home / "valkey.log").read_text()
        return self._answers()

    def _answers(self) -> bool:
        with Redis(port=self.port) as redis, contextlib.suppress(RedisError, OSError):
            return bool(redis.ping())
        return False
