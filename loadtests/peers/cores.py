"""Which processor runs what, so that a side has one of its own where there are two."""

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from loadtests.machine import cores


def shares() -> tuple[Sequence[int], Sequence[int]] | None:
    """Processors for the service, and for all that serves or asks it; None where it cannot be."""
    if cores() < 2 or not hasattr(os, "sched_setaffinity"):
        return None
    first, *others = sorted(os.sched_getaffinity(0))
    return [first], others


def place(pids: Iterable[int], processors: Iterable[int]) -> None:
    """Let these processes run on these processors alone, as far as that is ours to say.

    All their threads: a server that answers on a second one would have a second processor.
    """
    chosen = list(processors)
    for thread in (thread for pid in pids for thread in _threads(pid)):
        with suppress(PermissionError, ProcessLookupError):
            os.sched_setaffinity(thread, chosen)


def everywhere() -> Sequence[int]:
    """All that we may use."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def _threads(pid: int, proc: Path = Path("/proc")) -> list[int]:
    with suppress(OSError):
        return [int(thread.name) for thread in (proc / str(pid) / "task").iterdir()]
    return []
