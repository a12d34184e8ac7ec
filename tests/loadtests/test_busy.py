"""Whoever else works is seen, also when it came and went."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping

import pytest

from loadtests.busy import OTHER_CPU, Bystanders, Process, beside, processes

US = 10
# A daemon: nobody's child any more, as a server that was there before us.
LISTEN = """
import os, socket
opened = socket.create_server(("127.0.0.1", 0))
if os.fork():
    os._exit(0)
print(opened.getsockname()[1], os.getpid(), flush=True)
opened.accept()
"""


def others_between(
    before: Mapping[int, Process], after: Mapping[int, Process]
) -> tuple[float, str] | None:
    """CPU in cores and the busiest of ten seconds."""
    looks, times = iter([before, after]), iter([0.0, 10.0])
    bystanders = Bystanders({US}, look=lambda: next(looks), clock=lambda: next(times))
    found = bystanders.others()
    return (found.cpu, found.busiest) if found else None


def test_a_busy_stranger_is_measured_and_named() -> None:
    """5 s of CPU in 10 s are half a core."""
    before = {20: Process("gcc", 1.0), 21: Process("idle", 9.0)}
    after = {20: Process("gcc", 6.0), 21: Process("idle", 9.0)}
    assert others_between(before, after) == (0.5, "gcc (20)")


def test_what_we_started_is_no_stranger() -> None:
    """Our supervisor's PostgreSQL, and the backend that it starts for a connection of ours."""

    def look(cpu_s: float) -> dict[int, Process]:
        return {
            US: Process("python", cpu_s),
            29: Process("python", cpu_s, parent=US),
            30: Process("postgres", cpu_s, parent=29),
            31: Process("postgres", cpu_s, parent=30),
        }

    assert others_between(look(0.0), look(9.0)) == (0.0, "nobody")


@pytest.mark.parametrize("name", ["postgres", "valkey-server"])
def test_somebody_elses_server_is_a_stranger(name: str) -> None:
    """Whatever it is called: it takes its core from us."""
    before, after = {30: Process(name, 0.0, parent=1)}, {30: Process(name, 9.0, parent=1)}
    assert others_between(before, after) == (0.9, f"{name} (30)")


def test_whoever_started_us_is_a_stranger() -> None:
    """A terminal or a harness that takes a core takes it from us."""
    before = {9: Process("node", 0.0), US: Process("python", 0.0, parent=9)}
    after = {9: Process("node", 5.0), US: Process("python", 9.0, parent=9)}
    assert others_between(before, after) == (0.5, "node (9)")


def test_beside_shared_servers_nobody_is_unknown() -> None:
    """They work for others as well, which nobody can tell from what they do for us."""
    shared = Bystanders({US}, shared=True, look=lambda: {US: Process("python", 0.0)})
    assert (found := shared.others())
    assert found.busiest == "unknown"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_server_of_an_address_is_ours() -> None:
    """By who listens there, not by its name; the control: without its address it is a stranger."""
    with subprocess.Popen(
        [sys.executable, "-c", LISTEN], stdout=subprocess.PIPE, start_new_session=True, text=True
    ) as server:
        assert server.stdout
        port, pid = map(int, server.stdout.readline().split())
        url = f"redis://somebody:secret@127.0.0.1:{port}/0"
        try:
            knows, blind = beside([], [url, ""]), beside([])
            assert pid in knows.ours
            assert pid not in blind.ours
        finally:
            os.kill(pid, signal.SIGKILL)


def test_a_job_is_more_than_a_machine_at_rest() -> None:
    """The limit stands between what idle machines show, 0.03 of two cores, and half a core."""
    assert 0.03 / 2 < OTHER_CPU < 0.5 / 2


def test_a_child_that_ended_counts_by_its_parent() -> None:
    """A shell that starts a short compiler after another looks idle itself."""
    before = {40: Process("make", 1.0), 41: Process("cc1", 2.0, parent=40)}
    after = {40: Process("make", 1.0, ended_s=6.0)}
    assert others_between(before, after) == (0.4, "make (40)")


def test_without_proc_nothing_is_known() -> None:
    """MacOS."""
    assert Bystanders({US}, look=lambda: None).others() is None


def test_the_real_proc_knows_us() -> None:
    """Skipped nowhere: where there is no /proc nothing is seen."""
    seen = processes()
    assert seen is None or os.getpid() in seen
