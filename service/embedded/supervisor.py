"""Starts the servers and ends them when its owner does: `python -m service.embedded.supervisor`.

Standard input: one line of JSON, then nothing until the owner closes it or dies. Standard output:
lines of JSON, `{"say": text}` for the eye and one `{"error": text}` or `{"ready": addresses}`.
Only the standard library, so that it is up in a moment.
"""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypedDict

from service.embedded.child import Child, end_all
from service.embedded.errors import EmbeddedError
from service.embedded.lock import HomeLock
from service.embedded.owner import LOOK_S, Owner, OwnerGone
from service.embedded.place import find_place
from service.embedded.postgres import postgres
from service.embedded.store import prepare
from service.embedded.valkey import valkey

READY_POLL_S = 0.01


class Order(TypedDict):
    """What the owner wants; the paths are absolute, an empty one means: no such server."""

    owner: int
    home: str
    postgres_bin: str
    valkey_server: str
    valkeys: Sequence[str]
    as_root: Sequence[str]


def main() -> None:
    """Serve one owner from its first line to its end."""
    order: Order = json.loads(sys.stdin.readline() or "null")
    if order is None:
        return
    owner = Owner(order["owner"])
    with contextlib.suppress(OwnerGone, BrokenPipeError):
        try:
            _serve(order, owner)
        except EmbeddedError as error:
            _tell(error=str(error))
        except (OSError, subprocess.SubprocessError) as error:
            _tell(error=f"The servers cannot start in {order['home']}: {error}. Is it yours?")


def _serve(order: Order, owner: Owner) -> None:
    home = Path(order["home"])
    lock = HomeLock(home)
    lock.acquire(order["owner"], pause=owner.pause, report=_say)
    children: list[Child] = []
    try:
        _start(order, lock.fd, owner.pause, children)
        _tell(ready={child.title: child.port for child in children})
        _watch(children, owner.pause)
    finally:
        lock.mark_ending()
        end_all(children)


def _start(
    order: Order, lock_fd: int, pause: Callable[[float], None], children: list[Child]
) -> None:
    """Start every server, PostgreSQL last, and wait until all of them answer."""
    home, binary = Path(order["home"]), Path(order["valkey_server"])
    for name in order["valkeys"]:
        children.append(valkey(name, server=binary, home=home, lock_fd=lock_fd))
        children[-1].start()
    if order["postgres_bin"]:
        log = home / "postgres.log"
        place = find_place(home, Path(order["postgres_bin"]), as_root=order["as_root"], report=_say)
        prepare(place, log=log, lock_fd=lock_fd, pause=pause, report=_say)
        children.append(postgres(place, log=log, lock_fd=lock_fd))
        children[-1].start()
    waiting = list(children)
    while waiting := [child for child in waiting if not child.is_ready()]:
        pause(READY_POLL_S)


def _watch(children: Sequence[Child], pause: Callable[[float], None]) -> None:
    """Stay while the owner does; say once, on stderr, when a server ends before its time."""
    alive = list(children)
    while True:
        for child in [child for child in alive if not child.is_running()]:
            alive.remove(child)
            with contextlib.suppress(OSError):
                print(f"corral: {child.title} has ended; see {child.log}", file=sys.stderr)
        pause(LOOK_S)


def _say(text: str) -> None:
    _tell(say=text)


def _tell(**message: object) -> None:
    os.write(sys.stdout.fileno(), json.dumps(message).encode() + b"\n")


if __name__ == "__main__":
    main()
