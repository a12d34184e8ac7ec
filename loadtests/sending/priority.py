"""The generator's own priority, for the 100 ms in which it must be on time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Linux shares the CPU out among sessions first, and by priority within each ("autogroup"). The
# generator is alone in its session, where only the priority of the session makes a difference.
_SESSION = Path("/proc/self/autogroup")
FIRST = -15


@contextmanager
def raised() -> Iterator[None]:
    """Before others for the length of the block, where that is allowed: root may, most may not.

    Nobody else's priority is lowered, and the block uses a tenth of a core.
    """
    nice, session = os.getpriority(os.PRIO_PROCESS, 0), _session_nice()
    _set(FIRST, FIRST)
    try:
        yield
    finally:
        _set(nice, session)


def _session_nice() -> int:
    try:
        return int(_SESSION.read_text().rpartition(" ")[2])
    except (OSError, ValueError):
        return 0


def _set(nice: int, session: int) -> None:
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, nice)
    if os.getsid(0) != os.getpid():  # started in somebody's terminal, whose session it is
        return
    with suppress(OSError):
        _SESSION.write_text(str(session))
