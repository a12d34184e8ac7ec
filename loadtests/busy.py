"""Who else was at work: CPU time by process over a phase, from /proc. Unknown elsewhere."""

import os
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from loadtests.ended_children import ended_meanwhile
from loadtests.machine import cores

# PostgreSQL and Valkey are part of the run but nobody's child of ours.
SERVERS = frozenset({"postgres", "valkey-server", "redis-server"})
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Process(NamedTuple):
    """CPU seconds: its own, and the whole lives of the children that it waited for.

    `began` with the pid says which process this is: pids are given again.
    """

    name: str
    cpu_s: float
    ended_s: float = 0.0
    parent: int = 0
    began: int = 0


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
        self._before = self._look()
        self._since = clock()

    def others(self, more: Collection[int] = ()) -> Others | None:
        """Since this was made; None where processes cannot be seen. `more` pids came meanwhile."""
        self._ours |= set(more)
        before, after = self._before, self._look()
        wall_s = self._clock() - self._since
        if before is None or after is None or wall_s <= 0:
            return None
        alive = {pid: one for pid, one in after.items() if not self._is_ours(pid, one)}
        own = {
            pid: one.cpu_s - (before[pid].cpu_s if _is_same(pid, one, before) else 0.0)
            for pid, one in alive.items()
        }
        ended = ended_meanwhile(before, after, is_ours=self._is_ours)
        grown = {pid: own_s + ended.get(pid, 0.0) for pid, own_s in own.items()}
        if sum(grown.values()) > cores() * wall_s:
            # More than the machine has: some child's time is from before. Theirs is certain.
            grown = own
        pid = max(grown, key=grown.__getitem__, default=0)
        busiest = f"{after[pid].name} ({pid})" if pid and grown[pid] > 0 else "nobody"
        return Others(max(sum(grown.values()), 0.0) / wall_s, busiest)

    def _is_ours(self, pid: int, process: Process) -> bool:
        return pid in self._ours or process.name in SERVERS


def _is_same(pid: int, process: Process, before: Mapping[int, Process]) -> bool:
    return pid in before and before[pid].began == process.began


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
            found[int(entry.name)] = _read(text)
    return found


def _read(text: str) -> Process:
    """A line of /proc/PID/stat; the name may hold spaces and parentheses."""
    name = text[text.index("(") + 1 : text.rindex(")")]
    fields = text[text.rindex(")") + 2 :].split()  # from the third on
    own, ended = (sum(map(int, part)) / _TICKS_PER_S for part in (fields[11:13], fields[13:15]))
    return Process(name, own, ended, parent=int(fields[1]), began=int(fields[19]))


def ancestors() -> set[int]:
    """Us, and all that started us: they show our progress and hold our servers."""
    found, pid = set(), os.getpid()
    while pid > 1:
        found.add(pid)
        try:
            text = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            break
        pid = _read(text).parent
    return found
