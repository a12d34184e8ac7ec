"""A server of a test's own, that can be paused, killed, and started again on the same port."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator

import pytest

from .conftest import _await_port, _binary, _die_with_parent, _free_port


class Server:
    """Down until ``start``."""

    def __init__(self, home: str) -> None:
        self.port = _free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, empty."""
        command = [_binary(), "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--appendonly", "no", "--dir", self._home]
        command += ["--logfile", os.path.join(self._home, "log")]  # noqa: PTH118
        self._process = subprocess.Popen(command, preexec_fn=_die_with_parent)  # noqa: PLW1509
        _await_port(self.port, self._process)

    def pause(self) -> None:
        """Hang: the kernel still accepts, nobody answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Go on."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """Die at once; links are reset, then refused."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """One that is gone at the end. Skips the test where there is no binary to start."""
    try:
        _binary()
    except RuntimeError as error:
        pytest.skip(str(error))
    home = tempfile.mkdtemp()
    made = Server(home)
    try:
        yield made
    finally:
        made.kill()
        shutil.rmtree(home)
