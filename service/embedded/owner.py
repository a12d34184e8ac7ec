"""The supervisor's view of the process that owns it."""

import contextlib
import os
import select
import signal
import sys

# A fork of the owner may hold the pipe open after the owner's death; then our new parent tells.
LOOK_S = 0.5


class OwnerGone(Exception):
    """The owner has ended, or asked us to: how every run ends."""


class Owner:
    """Whoever holds the other end of our stdin, and its signals."""

    def __init__(self, pid: int) -> None:
        """Watch the owner, process `pid`, which must be our parent."""
        self._pid = pid
        self._wakeup, write_end = os.pipe()
        for end in (self._wakeup, write_end):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, lambda *_: None)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())

    def pause(self, seconds: float) -> None:
        """Sleep, shorter when a child ends; `OwnerGone` as soon as there is nobody to serve."""
        readable, _, _ = select.select([sys.stdin, self._wakeup], [], [], seconds)
        if self._wakeup in readable and self._asked_to_end():
            raise OwnerGone
        if sys.stdin in readable and not os.read(sys.stdin.fileno(), 4096):
            raise OwnerGone
        if os.getppid() != self._pid:
            raise OwnerGone

    def _asked_to_end(self) -> bool:
        with contextlib.suppress(BlockingIOError):
            numbers = os.read(self._wakeup, 4096)
            return signal.SIGTERM in numbers or signal.SIGINT in numbers
        return False
