"""PostgreSQL's data directory: made whole or not at all."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from service.embedded.child import spawn, tail
from service.embedded.errors import EmbeddedError
from service.embedded.place import Place

USER = "corral"


def prepare(
    place: Place,
    *,
    log: Path,
    lock_fd: int,
    pause: Callable[[float], None],
    report: Callable[[str], None],
) -> None:
    """Make the store if there is none; `EmbeddedError` when what is there is of no use."""
    if _is_usable(place):
        return
    report(f"PostgreSQL: making a new store in {place.data}")
    fresh = place.data.with_name("postgres.new")
    if fresh.exists():
        shutil.rmtree(fresh)
    fresh.mkdir(mode=0o700)
    os.chown(fresh, place.identity.uid, place.identity.gid)
    _initdb(place, fresh, log=log, lock_fd=lock_fd, pause=pause)
    fresh.rename(place.data)


def _is_usable(place: Place) -> bool:
    """Whether there is a store of our version; false when there is nothing."""
    if not place.data.exists():
        return False
    version = place.data / "PG_VERSION"
    theirs = version.read_text().strip() if version.exists() else None
    if theirs is None:
        raise EmbeddedError(
            f"{place.data} is no data directory of PostgreSQL. "
            "Run `make clean`, or choose another directory."
        )
    ours = _major(place.binaries)
    if theirs != ours:
        raise EmbeddedError(
            f"{place.data} was made by PostgreSQL {theirs}, and the one installed is {ours}. "
            "Run `make clean` (it throws the data away), or choose another directory."
        )
    return True


def _major(binaries: Path) -> str:
    """Major version of a PostgreSQL: `18` for `postgres (PostgreSQL) 18.6`."""
    said = subprocess.run(
        [binaries / "postgres", "--version"], capture_output=True, text=True, check=True, cwd="/"
    ).stdout
    return said.split()[-1].split(".")[0]


def _initdb(
    place: Place, fresh: Path, *, log: Path, lock_fd: int, pause: Callable[[float], None]
) -> None:
    # The builtin C.UTF-8 needs no locale of the operating system and sorts alike on each.
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    options = ["-U", USER, "-A", "trust", "-E", "UTF8", *locale, "--no-sync", "--no-instructions"]
    process = spawn(
        [str(place.binaries / "initdb"), "-D", str(fresh), *options],
        log=log,
        lock_fd=lock_fd,
        death_signal=signal.SIGKILL,
        enter=place.identity.enter,
    )
    try:
        while process.poll() is None:
            pause(0.05)
    finally:
        process.kill()
        process.wait()
    if process.returncode != 0:
        raise EmbeddedError(f"PostgreSQL could not make a store; {log} says:\n{tail(log)}")
