"""`scripts/install.py`: what it counts, and where it writes."""

import io
import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
# As pip 23.0 (local wheels), 23.2 and 26 say it; a satisfied package comes once per dependent.
SAID = """\
Ignoring pywin32: markers 'sys_platform == "win32"' don't match your environment
Collecting alembic==1.20.1
  Downloading alembic-1.20.1-py3-none-any.whl (270 kB)
Collecting fastapi==0.165.0 (from -r requirements.txt (line 250))
Processing /opt/wheels/charset_normalizer-3.5.2-cp311-cp311-manylinux2014_x86_64.whl
Collecting charset-normalizer==3.5.2
Requirement already satisfied: redis[hiredis]==8.1.0 in ./.venv/lib/python3.11/site-packages
Requirement already satisfied: redis in ./.venv/lib/python3.11/site-packages (from x)
Installing collected packages: alembic, fastapi
"""


class Terminal(io.StringIO):
    """Where a person looks."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.fixture
def install() -> dict[str, Any]:
    """The script's names; nothing is installed by reading them."""
    return runpy.run_path(str(ROOT / "scripts" / "install.py"))


def test_packages_are_counted_once(install: dict[str, Any]) -> None:
    """Five packages, in every wording of every pip."""
    screen = Terminal()
    install["count_aloud"](SAID.splitlines(), 5, screen)
    last, unpacking = screen.getvalue().rstrip().split("\r")[-2:]
    assert last.strip() == "Installing 5 packages into .venv ... 5"
    assert unpacking.strip() == "Unpacking 5 packages into .venv (10 to 20 s) ..."


def test_a_log_gets_a_line_for_every_twenty(install: dict[str, Any]) -> None:
    """Without a terminal nothing is rewritten."""
    log = io.StringIO()
    install["count_aloud"]([f"Collecting p{n}x==1" for n in range(45)], 45, log)
    assert [line.rpartition(" ")[2] for line in log.getvalue().splitlines()] == ["...", "20", "40"]


def test_the_lock_is_counted(install: dict[str, Any]) -> None:
    """The number that is announced is the number of pins."""
    assert install["packages"]("# x==1\nalembic==1 \\\n    --hash=sha256:0\nzope-event==6.2\n") == 2


def test_nothing_is_written_outside_the_clone(install: dict[str, Any]) -> None:
    """Cache and temporary files are ours; a cache that was named stays; strays are dropped."""
    made = install["environment"]({"PIP_USER": "1", "PYTHONPATH": "/x", "TMPDIR": "/y", "A": "b"})
    assert Path(made["PIP_CACHE_DIR"]).is_relative_to(ROOT)
    assert Path(made["TMPDIR"]).is_relative_to(ROOT)
    assert made["A"] == "b"
    assert {"PIP_USER", "PYTHONPATH"}.isdisjoint(made)
    assert install["environment"]({"PIP_CACHE_DIR": "/z"})["PIP_CACHE_DIR"] == "/z"
