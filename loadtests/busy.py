"""Who else was at work: CPU time by process over a phase, from /proc. Unknown elsewhere."""

import os
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

# PostgreSQL and Valkey are part of the run but nobody's child of ours.
SERVERS = frozenset({"postgres", "valkey-server", "redis-server"})
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Process(NamedTuple):
    """CPU seconds of a process and of its children that have ended."""

    name: str
    cpu_s: float


@dataclass(frozen=True)
class Others:
    """All that is no part of the run: its CPU in cores, and the busiest process by name."""

    cpu: float
    busiest: str


class Bystanders:
    """Compares two looks at /proc. `ours` are the pids of the run."""

    def __init__(
        self,
        ours: Collection[int],
        *,
        look: Callable[[], Mapping[int, Process] | None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ours = set(ours)
        self._look = look or processes
        self._clock = clock
        self._before = self._others()
        self._since = clock()

    def others(self) -> Others | None:
        """Since this was made; None where processes cannot be seen.

        The time of a child that ends goes to its parent, so the sum over all counts those, too,
        that came and went meanwhile.
        """
        before, after = self._before, self._others()
        wall_s = self._clock() - self._since
        if before is None or after is None or wall_s <= 0:
            return None
        total_s = sum(one.cpu_s for one in after.values()) - sum(
            one.cpu_s for one in before.values()
        )
        grown = {
            pid: one.cpu_s - before.get(pid, Process("", 0.0)).cpu_s for pid, one in after.items()
        }
        pid = max(grown, key=grown.__getitem__, default=0)
        busiest = f"{after[pid].name} ({pid})" if pid else "nobody"
        return Others(max(total_s, 0.0) / wall_s, busiest)

    def _others(self) -> Mapping[int, Process] | None:
        seen = self._look()
        if seen is None:
            return None
        return {
            pid: one
            for pid, one in seen.items()
            if pid not in self._ours and one.name not in SERVERS
        }


def processes(proc: Path = Path("/proc")) -> Mapping[int, Process] | None:
    """Every process in sight; None without /proc."""
    if not (proc / "self" / "stat").exists():
        return None
    found = {}
    for entry in proc.iterdir():
        if entry.name.isdigit():
            try:
                text = (entry / "stat").read_text(errors="replace")
            except OSError:  # it ended while we looked
                continue
            name = text[text.index("(") + 1 : text.rindex(")")]
            times = text[text.rindex(")") + 2 :].split()[11:15]
            found[int(entry.name)] = Process(name, sum(map(int, times)) / _TICKS_PER_S)
    return found


def ancestors() -> set[int]:
    """Us, and all that started us: they show our progress and hold our servers."""
    found, pid = set(), os.getpid()
    while pid > 1:
        found.add(pid)
        try:
            text = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            break
        pid = int(text[text.rindex(")") + 2 :].split()[1])
    return found
