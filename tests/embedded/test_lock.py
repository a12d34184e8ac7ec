"""One user of a home at a time."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.embedded.errors import EmbeddedError
from service.embedded.lock import ENDING_S, GRACE_S, HomeLock


class Clock:
    """Time that passes only in `pause`; at `then_at_s` the holder lets go."""

    def __init__(self, holder: HomeLock, then_at_s: float) -> None:
        self.now_s = 0.0
        self._holder = holder
        self._then_at_s = then_at_s

    def pause(self, seconds: float) -> None:
        """Pass the time."""
        self.now_s += seconds
        if self.now_s >= self._then_at_s:
            os.close(self._holder.fd)
            self._then_at_s = float("inf")


@pytest.fixture
def holder(tmp_path: Path) -> HomeLock:
    """Process 77, which has the home."""
    lock = HomeLock(tmp_path)
    lock.acquire(77, pause=lambda _: None, report=lambda _: None)
    return lock


@pytest.fixture
def second(tmp_path: Path) -> Iterator[HomeLock]:
    """Who comes next."""
    lock = HomeLock(tmp_path)
    yield lock
    os.close(lock.fd)


def test_home_in_use_is_refused_after_the_time_a_killed_server_needs(
    holder: HomeLock, second: HomeLock
) -> None:
    """The error names the holder."""
    clock = Clock(holder, then_at_s=99.0)
    with pytest.raises(EmbeddedError, match="in use by process 77"):
        second.acquire(78, pause=clock.pause, report=lambda _: None)
    assert clock.now_s == pytest.approx(GRACE_S, abs=0.1)
    os.close(holder.fd)


def test_servers_that_are_ending_are_waited_for(holder: HomeLock, second: HomeLock) -> None:
    """Whoever restarts in a hurry need not try twice."""
    said: list[str] = []
    holder.mark_ending()
    clock = Clock(holder, then_at_s=4.0)
    second.acquire(78, pause=clock.pause, report=said.append)
    assert clock.now_s == pytest.approx(4.0, abs=0.1)
    assert len(said) == 1


def test_servers_that_do_not_end_are_an_error_at_last(holder: HomeLock, second: HomeLock) -> None:
    """Waiting has an end, too."""
    holder.mark_ending()
    clock = Clock(holder, then_at_s=99.0)
    with pytest.raises(EmbeddedError, match="in use by process 77"):
        second.acquire(78, pause=clock.pause, report=lambda _: None)
    assert clock.now_s == pytest.approx(ENDING_S, abs=0.1)
    os.close(holder.fd)


def test_new_holder_is_not_taken_for_an_ending_one(
    holder: HomeLock, second: HomeLock, tmp_path: Path
) -> None:
    """What the last holder wrote is forgotten."""
    holder.mark_ending()
    second.acquire(78, pause=Clock(holder, then_at_s=1.0).pause, report=lambda _: None)
    third = HomeLock(tmp_path)
    clock = Clock(second, then_at_s=99.0)
    with pytest.raises(EmbeddedError, match="in use by process 78"):
        third.acquire(79, pause=clock.pause, report=lambda _: None)
    assert clock.now_s == pytest.approx(GRACE_S, abs=0.1)
    os.close(third.fd)
