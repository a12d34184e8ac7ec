"""Make `.venv` from requirements.txt, counting aloud; a half-finished one is made anew.

Run by the Makefile with a Python it has checked (3.11 or newer, venv module there). What pip says
goes to a log, shown only when pip fails. Nothing is written outside the clone: pip's cache and
temporary files live in `.corral/install/` and go when the installation is complete.
"""

import signal

if __name__ == "__main__":  # a Ctrl-C while the rest is imported must not be a traceback
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import fcntl
import os
import re
import shutil
import subprocess
import sys
import venv
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMP = VENV / ".stamp"  # holds the folder it was made in: a moved clone is installed anew
SOURCES = ("requirements.txt", "pyproject.toml")
SCRATCH = ROOT / ".corral" / "install"

PIP = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--progress-bar", "off"]
LOCKED = ["--no-input", "--require-hashes", "-r", "requirements.txt"]
PROJECT = ["--no-input", "--quiet", "--no-deps", "--no-build-isolation", "--editable", "."]

# How every pip since 21 begins its word on a package; satisfied ones come once per dependent.
SEEN = re.compile(
    r"(?:Collecting|Requirement already satisfied:|Ignoring|Processing) (?:\S*/)?"
    r"([A-Za-z0-9][\w.]*(?:-[A-Za-z][\w.]*)*)"
)
UNPACKING = "Installing collected packages"


def packages(lock: str) -> int:
    """How many packages a lock file pins."""
    return len(re.findall(r"^[A-Za-z0-9][\w.-]*==", lock, flags=re.MULTILINE))


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """The caller's, less what would send packages elsewhere, with a cache inside the clone."""
    strays = {"PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"}
    return {
        "PIP_CACHE_DIR": str(SCRATCH / "cache"),
        **{name: value for name, value in given.items() if name not in strays},
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(SCRATCH),
    }


def count_aloud(lines: Iterable[str], total: int, out: TextIO) -> None:
    """Say how far pip is: one line rewritten on a terminal, a new one every 20 elsewhere."""
    terminal = out.isatty()
    step = 1 if terminal else 20

    def say(words: str) -> None:
        print(f"\r{words:<50}" if terminal else words, end="" if terminal else "\n", file=out)
        out.flush()

    seen: set[str] = set()
    say(f"Installing {total} packages into .venv ...")
    for line in lines:
        name = SEEN.match(line)
        if name:
            before = len(seen)
            seen.add(re.sub(r"[-_.]+", "-", name[1]).lower())
            if len(seen) > before and len(seen) % step == 0:
                say(f"Installing {total} packages into .venv ... {len(seen)}")
        elif line.startswith(UNPACKING):
            say(f"Unpacking {total} packages into .venv (10 to 20 s) ...")
    if terminal:
        print(file=out)


def pip(arguments: list[str]) -> Iterator[str]:
    """Run pip and yield its lines; when it fails, end the program with its last words."""
    log: deque[str] = deque(maxlen=40)
    with subprocess.Popen(  # noqa: S603  a fixed command, no shell
        [*PIP, *arguments],
        cwd=ROOT,
        env=environment(os.environ),
        text=True,
        errors="replace",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        for line in process.stdout or ():
            log.append(line)
            yield line
    if process.returncode:
        sys.exit("\n" + "".join(log) + "The installation failed; pip's last words are above.")


def is_whole() -> bool:
    """Whether `.venv` was made in this folder, completely, and its Python is still there."""
    python = VENV / "bin" / "python"
    return STAMP.exists() and STAMP.read_text() == str(ROOT) and python.exists()


def is_current() -> bool:
    """Whether it is also newer than the last change of its sources."""
    made = STAMP.stat().st_mtime
    return all((ROOT / name).stat().st_mtime <= made for name in SOURCES)


def install(*, anew: bool) -> None:
    """Bring `.venv` to what requirements.txt says, and the project itself, editable."""
    STAMP.unlink(missing_ok=True)
    if anew:
        print(f"Making .venv with Python {sys.version.split()[0]} (3 to 15 s) ...", flush=True)
        venv.create(VENV, clear=True, symlinks=True, with_pip=True)
    count_aloud(pip(LOCKED), packages((ROOT / "requirements.txt").read_text()), sys.stdout)
    for _ in pip(PROJECT):
        pass
    STAMP.write_text(str(ROOT))
    shutil.rmtree(SCRATCH, ignore_errors=True)


def main() -> None:
    """Install under a lock: two `make` at once must not share half a `.venv`."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    with (SCRATCH.parent / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        whole = is_whole()
        if not whole or not is_current():
            install(anew=not whole)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
