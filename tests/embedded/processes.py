"""Owners of servers in processes of their own, and who is alive."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

PROJECT = Path(__file__).parents[2]
DEADLINE_S = 5.0

ENV_UP = """
import sys
from pathlib import Path
from service.embedded.env import env_up
env_up(Path(sys.argv[1]), sys.argv[2:], as_json=True)
"""


@dataclass(frozen=True)
class Running:
    """An owner whose servers are up."""

    process: "subprocess.Popen[str]"
    database_url: str
    redis_urls: dict[str, str]


@contextmanager
def owner(
    home: Path,
    *,
    script: str = ENV_UP,
    before: Sequence[str] = (),
    env: dict[str, str] | None = None,
    user: str | None = None,
    python: str = sys.executable,
) -> Iterator[Running]:
    """Run `env_up` in a process group of its own, behind the command `before`, until it is up."""
    process = subprocess.Popen(
        [*before, python, "-c", script, str(home), "default"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
        env=env,
        user=user,
        extra_groups=None if user is None else [],
        start_new_session=True,
    )
    with process:
        try:
            assert process.stdout is not None
            addresses = json.loads(process.stdout.readline() or "null")
            assert addresses is not None, process.stderr and process.stderr.read()
            yield Running(process, **addresses)
        finally:
            if process.stdin is not None and not process.stdin.closed:
                process.stdin.close()


def holders(home: Path) -> set[int]:
    """Every process that holds the home's lock: its supervisor, its servers, their workers."""
    lock = str(home / "lock")
    return {
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and _has(entry, lock)
    }


def programs(home: Path) -> dict[int, Path]:
    """What the holders of a home execute, by pid; one that ends meanwhile is left out."""
    found = {}
    for pid in holders(home):
        with suppress(OSError):
            found[pid] = Path(f"/proc/{pid}/exe").readlink()
    return found


def users(home: Path, program: str = "") -> set[str]:
    """Names of the users whom the holders of a home run as, those of one program or all."""
    found = set()
    for pid, path in programs(home).items():
        with suppress(OSError):
            if program in {"", path.name}:
                found.add(Path(f"/proc/{pid}").owner())
    return found


def children_of(pid: int) -> list[int]:
    """Pids of the children of a process."""
    return [int(pid) for pid in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_alive(pid: int) -> bool:
    """Whether a process runs; a dead one that nobody has waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def within_deadline(condition: Callable[[], bool], deadline_s: float = DEADLINE_S) -> bool:
    """Whether a condition comes true before the deadline."""
    end = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def all_gone(pids: set[int]) -> bool:
    """Whether every one of these processes ends within the deadline."""
    return within_deadline(lambda: not any(map(is_alive, pids)))


def kill(pid: int) -> None:
    """End a process as nobody expects it."""
    os.kill(pid, signal.SIGKILL)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Any]:
    """Give a connection to PostgreSQL, which need not be there any more at the end."""
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        connection.terminate()


async def value_of(url: str, statement: str) -> Any:
    """Run one statement and give the first value it returns."""
    async with connected(url) as connection:
        return await connection.fetchval(statement)


def _has(process: Path, path: str) -> bool:
    try:
        return any(str(fd.readlink()) == path for fd in (process / "fd").iterdir())
    except OSError:
        return False
