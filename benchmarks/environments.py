"""An environment for each peer, made once from its lock with hashes."""

import hashlib
import re
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

from benchmarks.errors import BenchError
from benchmarks.processes import clean_environment

ROOT = Path(__file__).resolve().parents[1]
LOCKS = Path(__file__).with_name("peers")
TAIL = 1_500


def python_of(lock: str, home: Path, report: Callable[[str], None], *, locks: Path = LOCKS) -> str:
    """The Python that has what `lock` pins, installed if need be. Raises BenchError."""
    if not lock:
        return sys.executable
    folder, text = home / lock, (locks / f"{lock}.txt").read_text()
    python, stamp = folder / "bin" / "python", folder / ".stamp"
    wanted = f"{folder.resolve()} {hashlib.sha256(text.encode()).hexdigest()}"
    if not (python.exists() and stamp.exists() and stamp.read_text() == wanted):
        count = len(re.findall(r"^[\w.-]+==", text, flags=re.MULTILINE))
        report(f"Installing {lock} ({count} packages) into {folder} ...")
        stamp.unlink(missing_ok=True)
        venv.create(folder, clear=True, symlinks=True, with_pip=True)
        _pip(python, locks / f"{lock}.txt", home)
        stamp.write_text(wanted)
    return str(python.absolute())


def _pip(python: Path, lock: Path, home: Path) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", "--no-input", "--require-hashes"]
    strays = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT")
    given = {name: value for name, value in clean_environment().items() if name not in strays}
    done = subprocess.run(
        [*command, "--disable-pip-version-check", "--requirement", str(lock)],
        env={"PIP_CACHE_DIR": str(home.resolve() / "pip"), **given},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"pip cannot install {lock}; its last words:\n{done.stderr[-TAIL:]}")
