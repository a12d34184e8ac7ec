"""Who serves a port: a service that we did not start is no stranger to its own measurement."""

import os
import socket
import sys

import pytest

from loadtests.listening import served_by

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def test_the_process_that_listens_is_found() -> None:
    """By its port; once it listens no more, nobody is."""
    with socket.socket() as ours:
        ours.bind(("127.0.0.1", 0))
        ours.listen()
        port = ours.getsockname()[1]
        assert served_by(f"127.0.0.1:{port}") == {os.getpid()}
        assert served_by(f"localhost:{port}") == {os.getpid()}
    assert served_by(f"127.0.0.1:{port}") == set()


def test_another_machine_has_no_process_here() -> None:
    """Whatever listens on the same port of ours."""
    assert served_by("192.0.2.1:80") == set()
