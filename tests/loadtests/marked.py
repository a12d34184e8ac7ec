"""Processes that carry a mark in their environment: all that a command has started."""

import uuid
from pathlib import Path

from tests.waiting import until_now

MARK = "CORRAL_TEST_MARK"
ENDED_WITHIN_S = 5.0


def new_mark() -> str:
    """One that nobody has."""
    return uuid.uuid4().hex


def marked(mark: str) -> list[int]:
    """Processes with that mark in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                environment = (entry / "environ").read_bytes()
            except OSError:
                continue
            if mark.encode() in environment:
                found.append(int(entry.name))
    return found


def wait_until_gone(mark: str, within_s: float = ENDED_WITHIN_S) -> None:
    """Return when nobody has the mark; fail after 5 s."""

    def nobody_outlives_the_run() -> bool:
        return not marked(mark)

    until_now(nobody_outlives_the_run, within_s=within_s)
