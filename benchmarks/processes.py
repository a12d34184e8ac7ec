"""Child processes that end with us, whichever way we end."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
# Loaded before any fork: what runs in the child before exec must not import.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def dying_with_us() -> Callable[[], None]:
    """What a child runs before exec: the kernel ends it when we are gone, SIGKILL included."""
    parent = os.getpid()

    def before_exec() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != parent:  # it was gone before the call
                os._exit(1)

    return before_exec


def clean_environment() -> dict[str, str]:
    """Ours, less what would send another Python to our packages."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
