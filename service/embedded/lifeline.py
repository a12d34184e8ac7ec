"""For processes of ours that must not outlive the one that started them."""

import os
import signal
import threading
import time
from collections.abc import Callable

POLL_S = 0.5
# An orderly end may wait for requests in flight; nobody is there to read the answers.
GRACE_S = 3.0


def end_with_parent(
    parent_pid: int | None = None,
    *,
    poll_s: float = POLL_S,
    grace_s: float = GRACE_S,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """End this process when its parent does: SIGTERM to ourselves, after `grace_s` for certain.

    Call it early. Give the parent's pid when it can be told: only then is a parent noticed that
    died before this call and whose orphans go to another process than process 1, and only then
    may the parent be process 1 itself (the command of a container).

    Not `PR_SET_PDEATHSIG`: that signal comes when the *thread* that started us ends, so a parent
    that starts services from a thread pool would lose them.
    """
    parent = os.getppid() if parent_pid is None else parent_pid
    if os.getppid() != parent or (parent_pid is None and parent == 1):
        os._exit(1)

    def watch() -> None:
        while os.getppid() == parent:
            sleep(poll_s)
        os.kill(os.getpid(), signal.SIGTERM)
        sleep(grace_s)
        os._exit(1)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()
