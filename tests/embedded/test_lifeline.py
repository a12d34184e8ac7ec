"""A process that ends with its parent."""

import os
import subprocess
import sys

import pytest

from .processes import PROJECT, all_gone, is_alive, kill, within_deadline

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")

END_WITH_PARENT = "from service.embedded.lifeline import end_with_parent; end_with_parent()"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
# Every child ends by itself at last, should a test fail.
STAY = "import signal; signal.alarm(30); print('up', flush=True); signal.pause()"

# A thread of it starts the child and ends as soon as the child is up.
PARENT = """
import signal, subprocess, sys, threading
def start():
    child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE)
    child.stdout.readline()
    children.append(child)
children = []
thread = threading.Thread(target=start)
thread.start()
thread.join()
print(children[0].pid, flush=True)
signal.alarm(30)
signal.pause()
"""


def child_of_a_killed_parent(*lines: str) -> int:
    """Pid of a child that executes these lines, and whose parent was killed when it was up."""
    command = [sys.executable, "-c", PARENT, "\n".join(lines)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert not within_deadline(lambda: not is_alive(pid), deadline_s=0.2)
        parent.kill()
    return pid


def test_child_ends_with_its_parent() -> None:
    """SIGKILL of the parent is enough; the thread that started the child had ended long before."""
    assert all_gone({child_of_a_killed_parent(END_WITH_PARENT, STAY)})


def test_child_that_hears_no_sigterm_ends_as_well() -> None:
    """An orderly end that takes too long is cut short."""
    assert all_gone({child_of_a_killed_parent(END_WITH_PARENT, DEAF, STAY)})


def test_child_without_it_outlives_its_parent() -> None:
    """Negative control: the tests above would notice a child that stays."""
    pid = child_of_a_killed_parent(STAY)
    try:
        assert not within_deadline(lambda: not is_alive(pid), deadline_s=1.0)
    finally:
        kill(pid)


def test_child_whose_parent_has_gone_already_ends_at_once() -> None:
    """A parent that is told by its pid is missed even when somebody else has adopted us."""
    strangers_pid = os.getppid()
    code = (
        f"from service.embedded.lifeline import end_with_parent; end_with_parent({strangers_pid})"
    )
    ended = subprocess.run([sys.executable, "-c", f"{code}\n{STAY}"], cwd=PROJECT, check=False)
    assert ended.returncode == 1


def test_child_of_the_parent_it_was_told_stays() -> None:
    """The pid of its real parent does not end it."""
    code = f"from service.embedded.lifeline import end_with_parent; end_with_parent({os.getpid()})"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nprint('done')"],
        cwd=PROJECT,
        capture_output=True,
        check=True,
    )
    assert done.stdout == b"done\n"
