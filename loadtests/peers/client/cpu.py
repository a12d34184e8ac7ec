"""CPU time of processes, to the nanosecond where Linux tells it."""

from collections.abc import Sequence
from pathlib import Path


def cpu_s(pids: Sequence[int], proc: Path = Path("/proc")) -> float | None:
    """Seconds on a core since they began, all threads; None where it cannot be known."""
    try:
        return sum(_of(proc / str(pid)) for pid in pids)
    except OSError:
        return None


def _of(process: Path) -> float:
    threads = (process / "task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9
