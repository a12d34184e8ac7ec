"""A child that ends hands over its whole life, which is no work of now."""

import os
import subprocess
import sys

import pytest

from loadtests.busy import Bystanders, Process, processes

OURS = 50
LIFE_S = 600.0
INIT, SHELL, THEIRS, CHILD = 1, 20, 30, 31
BURN = """
import time
while time.process_time() < 0.6: pass  # /proc counts in steps of 10 ms
print("burnt", flush=True)
input()
"""

Look = dict[int, Process]


def others_between(before: Look, after: Look) -> tuple[float, str]:
    """CPU in cores and the busiest of ten seconds."""
    looks, times = iter([before, after]), iter([0.0, 10.0])
    bystanders = Bystanders({OURS}, look=lambda: next(looks), clock=lambda: next(times))
    found = bystanders.others()
    assert found
    return round(found.cpu, 3), found.busiest


def shell(ended_s: float = 0.0) -> Process:
    """Somebody's shell, idle itself."""
    return Process("bash", 1.0, ended_s, parent=INIT)


def init(ended_s: float = 0.0) -> Process:
    """Who waits for orphans."""
    return Process("init", 1.0, ended_s)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("counted", [False, True])
def test_a_real_child_that_ends_is_no_work_of_now(counted: bool) -> None:
    """It worked before the first look; its parent gains that when it waits for it."""
    with subprocess.Popen(
        [sys.executable, "-c", BURN], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout
        child.stdout.readline()

        def look() -> Look:
            seen = processes() or {}
            return {pid: seen[pid] for pid in (os.getpid(), child.pid) if pid in seen}

        times = iter([0.0, 1.0])
        before = look()
        ours = set() if counted else {child.pid}
        bystanders = Bystanders(ours, look=look, clock=lambda: next(times))
        child.communicate(b"\n")
        found, after = bystanders.others(), look()
    us = os.getpid()
    assert after[us].ended_s - before[us].ended_s >= 0.5, "the parent did gain it"
    assert found
    assert found.cpu < 0.4


@pytest.mark.parametrize(("pid", "others"), [(OURS, (0.0, "nobody")), (CHILD, (0.3, "bash (20)"))])
def test_a_server_of_ours_that_ends_is_nobodys_work(pid: int, others: tuple[float, str]) -> None:
    """Hours of it come to the shell that started it; of somebody else's its last 3 s count."""
    before = {SHELL: shell(), pid: Process("postgres", LIFE_S, parent=SHELL)}
    assert others_between(before, {SHELL: shell(LIFE_S + 3.0)}) == others


def test_a_childs_time_from_before_is_taken_off() -> None:
    """It had done 600 s before, and 5 s of the ten."""
    before = {SHELL: shell(), CHILD: Process("cc1", LIFE_S, parent=SHELL)}
    assert others_between(before, {SHELL: shell(LIFE_S + 5.0)}) == (0.5, "bash (20)")


def test_children_that_came_and_went_count() -> None:
    """Nobody saw them, so all of their lives were meanwhile."""
    assert others_between({SHELL: shell()}, {SHELL: shell(4.0)}) == (0.4, "bash (20)")


def test_an_orphan_that_ends_is_no_work_of_init() -> None:
    """Its parent ended as well, so init waits for it: 600 s of one that was killed."""
    before = {
        INIT: init(),
        THEIRS: Process("pytest", 100.0, parent=INIT),
        CHILD: Process("postgres", LIFE_S, parent=THEIRS),
    }
    assert others_between(before, {INIT: init(700.0)}) == (0.0, "nobody")


def test_a_whole_tree_that_ends_is_taken_off_where_it_went() -> None:
    """The compiler goes to make, and make with it to the shell."""
    before = {
        INIT: init(),
        SHELL: shell(),
        THEIRS: Process("make", 2.0, 50.0, parent=SHELL),
        CHILD: Process("cc1", LIFE_S, parent=THEIRS),
    }
    after = {INIT: init(), SHELL: shell(652.0 + 3.0)}
    assert others_between(before, after) == (0.3, "bash (20)")


def test_a_parent_that_waits_for_nobody_hides_nothing_of_its_own() -> None:
    """The kernel drops the time of children that a parent ignores; what it does itself counts."""
    before = {SHELL: shell(), CHILD: Process("cc1", LIFE_S, parent=SHELL)}
    after = {SHELL: Process("bash", 5.0, 0.0, parent=INIT)}
    assert others_between(before, after) == (0.4, "bash (20)")


def test_a_pid_that_is_given_again_is_another_process() -> None:
    """Its time begins with it."""
    before = {CHILD: Process("old", LIFE_S, parent=SHELL, began=1)}
    after = {CHILD: Process("new", 2.0, parent=SHELL, began=2)}
    assert others_between(before, after) == (0.2, "new (31)")


def test_more_than_the_machine_has_is_never_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what processes did themselves is certain then; two cores have 20 s in ten."""
    monkeypatch.setattr("loadtests.busy.cores", lambda: 2)
    after = {SHELL: Process("bash", 2.0, 90.0, parent=INIT)}
    assert others_between({SHELL: shell()}, after) == (0.1, "bash (20)")
