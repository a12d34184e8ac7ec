"""Which processes of this machine serve a port, from /proc: a service we did not start is one."""

import re
from pathlib import Path
from urllib.parse import urlsplit

_LISTENING = "0A"
_LOOPBACK = {"127.0.0.1", "localhost", "::1", "0.0.0.0"}


def served_by(address: str, proc: Path = Path("/proc")) -> set[int]:
    """Pids behind "127.0.0.1:8000"; none for another machine, or where none can be seen."""
    parts = urlsplit(f"//{address}")
    if parts.hostname not in _LOOPBACK or not (proc / "net" / "tcp").exists():
        return set()
    sockets = _sockets(proc, parts.port or 80)
    return {
        int(entry.name)
        for entry in proc.iterdir()
        if entry.name.isdigit() and not sockets.isdisjoint(_held(entry))
    }


def _sockets(proc: Path, port: int) -> set[str]:
    """Inodes of the sockets that listen on a port."""
    found = set()
    for name in ("tcp", "tcp6"):
        table = proc / "net" / name
        for line in table.read_text().splitlines()[1:] if table.exists() else ():
            fields = line.split()
            if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                found.add(fields[9])
    return found


def _held(process: Path) -> set[str]:
    found = set()
    try:
        for link in (process / "fd").iterdir():
            if match := re.fullmatch(r"socket:\[(\d+)\]", str(link.readlink())):
                found.add(match[1])
    except OSError:  # it ended meanwhile, or is somebody else's
        pass
    return found
