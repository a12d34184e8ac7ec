"""Who else was at work: CPU time by process over a phase, from /proc. Unknown elsewhere.

Ours is what the run has started, and the servers that it uses: by pid, with all that these have
started in turn. A PostgreSQL or a Valkey of somebody else is a stranger like any other, and so is
whoever started us: a terminal that takes a core away is no part of what is measured.
"""

import os
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from loadtests.ended_children import ended_meanwhile
from loadtests.faults import OTHERS_AT_WORK
from loadtests.listening import served_by
from loadtests.machine import cores

# Of all cores. Where nobody else was at work, 170 phases of this project's runs on two cores saw a
# median of 0.03 to 0.05 cores, 0.16 at most, and one in fifty above 0.1: daemons, and whoever shows
# our progress. What is above that is a job, and moves a p99.
OTHER_CPU = 0.05
NOBODY, UNKNOWN = "nobody", "unknown"
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
    """All that is no part of the run: its CPU in cores, and the busiest process by name.

    It is unknown where nobody was seen who is busy, but others may use the same servers.
    """

    cpu: float
    busiest: str

    def used_over(self, share: float) -> bool:
        """Whether they had more than this share of all cores."""
        return self.cpu > share * cores()

    @property
    def said(self) -> str:
        """Why something does not count that they were too busy beside."""
        return f"{OTHERS_AT_WORK}: {self.cpu:.0%} of a core, most of all {self.busiest}"


def beside(
    pids: Collection[int], urls: Iterable[str] = (), *, shared: bool = False
) -> "Bystanders":
    """Who is at work beside us, the processes of a run, and the servers at these URLs.

    `shared`: others use these servers, too, which cannot be told from what they do for us.
    """
    places = [urlsplit(url).netloc.rpartition("@")[2] for url in urls if url]
    servers = {pid for place in places for pid in served_by(place)}
    return Bystanders({os.getpid(), *pids, *servers}, shared=shared)


class Bystanders:
    """Compares two looks at /proc. `ours` are pids of the run; what these start is as well."""

    def __init__(
        self,
        ours: Collection[int],
        *,
        shared: bool = False,
        look: Callable[[], Mapping[int, Process] | None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.ours = set(ours)
        self._shared = shared
        self._look = look or processes
        self._clock = clock
        self._before = self._look()
        self._since = clock()

    def others(self, more: Collection[int] = ()) -> Others | None:
        """Since this was made; None where processes cannot be seen. `more` pids came meanwhile."""
        self.ours |= set(more)
        before, after = self._before, self._look()
        wall_s = self._clock() - self._since
        if before is None or after is None or wall_s <= 0:
            return None
        ours = family(self.ours, before) | family(self.ours, after)
        alive = {pid: one for pid, one in after.items() if pid not in ours}
        own = {
            pid: one.cpu_s - (before[pid].cpu_s if _is_same(pid, one, before) else 0.0)
            for pid, one in alive.items()
        }
        ended = ended_meanwhile(before, after, is_ours=lambda pid, _: pid in ours)
        grown = {pid: own_s + ended.get(pid, 0.0) for pid, own_s in own.items()}
        if sum(grown.values()) > cores() * wall_s:
            # More than the machine has: some child's time is from before. Theirs is certain.
            grown = own
        pid = max(grown, key=grown.__getitem__, default=0)
        busiest = f"{after[pid].name} ({pid})" if pid and grown[pid] > 0 else self._nobody
        return Others(max(sum(grown.values()), 0.0) / wall_s, busiest)

    @property
    def _nobody(self) -> str:
        return UNKNOWN if self._shared else NOBODY


def family(roots: Collection[int], seen: Mapping[int, Process]) -> set[int]:
    """These, and all that they have started, with all that these have."""
    children: dict[int, list[int]] = {}
    for pid, one in seen.items():
        children.setdefault(one.parent, []).append(pid)
    found, waiting = set[int](), list(roots)
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting += children.get(pid, [])
    return found


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
