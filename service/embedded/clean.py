"""Removes homes of servers: `python -m service.embedded.clean HOME ...`."""

import os
import shutil
import sys
import time
from pathlib import Path

from service.embedded.errors import EmbeddedError
from service.embedded.lock import HomeLock
from service.embedded.place import temporary_directory


def remove(home: Path) -> None:
    """Remove a home and the temporary directory it may have; `EmbeddedError` while it is in use."""
    if not home.exists():
        return
    if not (home / "lock").is_file():
        raise EmbeddedError(f"{home} is no home of Corral's servers: nothing was removed.")
    lock = HomeLock(home)
    try:
        lock.acquire(os.getpid(), pause=time.sleep, report=print)
        if folder := temporary_directory(home):
            shutil.rmtree(folder)
        shutil.rmtree(home)
    finally:
        os.close(lock.fd)


if __name__ == "__main__":
    try:
        for argument in sys.argv[1:]:
            remove(Path(argument))
    except EmbeddedError as error:
        sys.exit(str(error))
