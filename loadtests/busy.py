"""Who else was at work: CPU time by process over a phase, from /proc. Unknown elsewhere."""

import os
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

# PostgreSQL and Valkey are part of the run but nobody's child of ours.
SERVERS = frozenset({"postgres", "valkey-server", "redis-server"})
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Busiest:
    """The busiest process that is no part of the run: its share of one core, and its name."""

    cpu: float
    name: str


class Bystanders:
    """Compares two looks at /proc. `ours` are the pids of the run."""

    def __init__(
        self,
        ours: Collection[int],
        *,
        look: Callable[[], Mapping[int, tuple[str, float]] | None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ours = set(ours)
        self._look = look or cpu_by_process
        self._clock = clock
        self._before = self._look()
        self._since = clock()

    def busiest(self) -> Busiest | None:
        """Since this was made; None where processes cannot be seen."""
        after, wall_s = self._look(), self._clock() - self._since
        if after is None or self._before is None or wall_s <= 0:
            return None
        shares = [
            Busiest((cpu_s - self._before.get(pid, ("", 0.0))[1]) / wall_s, f"{name} ({pid})")
            for pid, (name, cpu_s) in after.items()
            if pid not in self._ours and name not in SERVERS
        ]
        return max(shares, key=lambda share: share.cpu, default=Busiest(0.0, "nobody"))


def cpu_by_process(proc: Path = Path("/proc")) -> Mapping[int, tuple[str, float]] | None:
    """{pid: (name, CPU seconds)} of everything in sight; None without /proc."""
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
            fields = text[text.rindex(")") + 2 :].split()
            found[int(entry.name)] = (name, (int(fields[11]) + int(fields[12])) / _TICKS_PER_S)
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
