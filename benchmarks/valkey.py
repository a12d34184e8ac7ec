"""A Valkey of our own on a loopback port, which may be frozen, killed and started again."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from benchmarks.errors import BenchError
from benchmarks.processes import clean_environment, dying_with_us
from service.embedded.binaries import valkey_server
from service.embedded.child import free_port

HOST = "127.0.0.1"
UP_S = 10.0


class Valkey:
    """One server; it keeps nothing on disk."""

    def __init__(self, folder: Path, name: str) -> None:
        self.port = free_port()
        self._log = folder / f"valkey-{name}.log"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._admin = Redis(host=HOST, port=self.port)

    def start(self) -> None:
        """Start it, empty, and wait until it answers. Raises BenchError."""
        settings = {"port": self.port, "bind": HOST, "dir": self._folder.resolve(), "save": ""}
        words = [str(word) for name, value in settings.items() for word in (f"--{name}", value)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(valkey_server()), *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=clean_environment(),
                start_new_session=True,  # the terminal's Ctrl-C is for us alone
                preexec_fn=dying_with_us(),  # noqa: PLW1509 - it calls, and imports nothing
            )
        give_up_s = time.monotonic() + UP_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > give_up_s:
                raise BenchError(f"Valkey does not start; {self._log} says why.")
            time.sleep(0.01)

    def kill(self) -> None:
        """End it at once; stopped or not."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._admin.close()

    def flush(self) -> None:
        """Empty it."""
        self._admin.flushall()

    def commands(self) -> int:
        """Commands carried out since the start, those inside scripts included."""
        return int(self._admin.info("stats")["total_commands_processed"])

    @property
    def version(self) -> str:
        """What it says it is."""
        server = self._admin.info("server")
        return f"{server.get('server_name', 'redis')} {server.get('valkey_version', '?')}"

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

    def _answers(self) -> bool:
        with contextlib.suppress(RedisError, OSError):
            return bool(self._admin.ping())
        return False


@contextlib.contextmanager
def valkeys(folder: Path) -> Iterator[tuple[Valkey, Valkey]]:
    """The cache under test, and the database that versions are kept in."""
    cache, database = Valkey(folder, "cache"), Valkey(folder, "database")
    try:
        cache.start()
        database.start()
        yield cache, database
    finally:
        cache.kill()
        database.kill()
