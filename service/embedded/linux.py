"""Two system calls of Linux that Python 3.11 does not offer."""

import ctypes
import os
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1

# Loaded once, before any fork: a child should only call, not import.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _call(name: str, *arguments: int) -> None:
    if _LIBC is None:
        raise OSError(f"{name}: only Linux has this")
    if getattr(_LIBC, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def die_with_parent(parent_pid: int, signal_number: int) -> None:
    """Have the kernel send us the signal when the *thread* that forked us ends; elsewhere nothing.

    Call it last before exec: a change of user or of namespace forgets it.
    """
    if _LIBC is None:
        return
    _call("prctl", PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent_pid:  # it ended before the call, so no signal will come
        os._exit(1)


def enter_user_namespace(inner_uid: int) -> None:
    """Become `inner_uid` in a user namespace of our own; files keep their owner outside."""
    uid, gid = os.geteuid(), os.getegid()
    _call("unshare", CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{inner_uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{inner_uid} {gid} 1")
