"""One user of a home at a time: a lock that the servers themselves keep."""

import contextlib
import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path

from service.embedded.errors import EmbeddedError

# The servers of a supervisor that was killed hold the lock until the kernel has ended them.
GRACE_S = 1.0
# Servers that are being ended have 3 s; the rest is room for a slow machine.
ENDING_S = 6.0
PAUSE_S = 0.05


class HomeLock:
    """`home/lock`, held through `fd`.

    Every server inherits the descriptor, so that the lock is free only when the last of them has
    gone, whoever was killed: two servers never meet on one data directory.
    """

    def __init__(self, home: Path) -> None:
        """Open the lock; `OSError` when the home is not ours to write."""
        self._home = home
        self.fd = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def acquire(
        self, owner_pid: int, *, pause: Callable[[float], None], report: Callable[[str], None]
    ) -> None:
        """Take the lock; wait for servers that are ending, `EmbeddedError` for ones that stay."""
        waited_s = 0.0
        while not self._taken():
            holder = self._read()
            if waited_s >= (ENDING_S if holder.get("ending") else GRACE_S):
                raise EmbeddedError(
                    f"{self._home} is in use by process {holder.get('owner', 'unknown')}. "
                    "End it first, or choose another directory."
                )
            if waited_s == 0.0 and holder.get("ending"):
                report(f"waiting for the last servers of {self._home} to end")
            pause(PAUSE_S)
            waited_s += PAUSE_S
        self._write({"owner": owner_pid, "ending": False})

    def mark_ending(self) -> None:
        """Tell who comes next that waiting is worth it."""
        self._write(self._read() | {"ending": True})

    def _taken(self) -> bool:
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _read(self) -> dict[str, object]:
        with contextlib.suppress(ValueError):  # somebody is writing it just now
            content = json.loads(os.pread(self.fd, 1000, 0))
            if isinstance(content, dict):
                return content
        return {}

    def _write(self, content: dict[str, object]) -> None:
        text = json.dumps(content).encode()
        os.pwrite(self.fd, text, 0)
        os.ftruncate(self.fd, len(text))
