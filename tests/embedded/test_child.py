"""One server: its port, its patience, its end."""

import os
import signal
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from service.embedded import binaries
from service.embedded.child import PORT_TRIES, Child, end_all, free_port
from service.embedded.errors import EmbeddedError
from service.embedded.valkey import valkey

from .processes import within_deadline


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    """A Valkey that was not started."""
    lock_fd = os.open(tmp_path / "lock", os.O_CREAT | os.O_RDWR)
    yield valkey("some", server=binaries.valkey_server(), home=tmp_path, lock_fd=lock_fd)
    os.close(lock_fd)


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that somebody else has bound."""
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        yield int(stranger.getsockname()[1])


def test_port_that_was_taken_in_between_is_given_up_for_another(
    child: Child, taken_port: int
) -> None:
    """The server that could not bind is started again elsewhere."""
    good = free_port()
    unlucky = replace(child, find_port=iter([taken_port, taken_port, good]).__next__)
    unlucky.start()
    try:
        assert within_deadline(unlucky.is_ready)
        assert good == unlucky.port
    finally:
        end_all([unlucky])
    assert not unlucky.is_running()


def test_port_that_is_always_taken_is_an_error_with_the_log(child: Child, taken_port: int) -> None:
    """It does not try for ever, and tells what the server said."""
    ports = iter([taken_port] * PORT_TRIES)
    unlucky = replace(child, find_port=ports.__next__)
    unlucky.start()
    with pytest.raises(EmbeddedError, match=r"Valkey some ended.*\n(.*\n)*.*already in use"):
        within_deadline(unlucky.is_ready)
    assert list(ports) == []


def test_another_server_on_the_port_is_not_taken_for_ours(child: Child) -> None:
    """A PONG from a stranger counts for nothing."""
    child.start()
    try:
        assert within_deadline(child.is_ready)
        assert child.process is not None
        assert child.answers(child.port, child.process.pid)
        assert not child.answers(child.port, child.process.pid + 1)
    finally:
        end_all([child])


def test_server_that_hears_nothing_is_killed_in_three_seconds(child: Child) -> None:
    """After asking twice comes SIGKILL; a server that has stopped hears nothing else."""
    now = [0.0]
    deaf = replace(child, endings=(signal.SIGTERM, signal.SIGINT))
    deaf.start()
    assert within_deadline(deaf.is_ready)
    deaf.signal(signal.SIGSTOP)
    end_all([deaf], clock=lambda: now[0], sleep=lambda s: now.__setitem__(0, now[0] + s))
    assert deaf.process is not None
    assert deaf.process.returncode == -signal.SIGKILL
    assert now[0] == pytest.approx(3.0, abs=0.1)
