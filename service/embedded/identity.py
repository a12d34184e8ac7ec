"""Who PostgreSQL runs as: it refuses to be root."""

import os
import pwd
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from service.embedded.linux import enter_user_namespace

# Accounts that own little, in the order we like them.
ACCOUNTS = ("postgres", "nobody", "daemon", "www-data")


@dataclass(frozen=True)
class Identity:
    """`enter` makes a forked process this user; its files belong to `uid` and `gid` outside."""

    title: str
    uid: int
    gid: int
    enter: Callable[[], None]


def ourselves() -> Identity:
    """Whoever we are: nothing changes."""
    return Identity("this user", os.geteuid(), os.getegid(), lambda: None)


def namespaced() -> Identity:
    """Root, under another number inside a user namespace; `OSError` where there is none."""
    if sys.platform != "linux":
        raise OSError("only Linux has user namespaces")
    inner = _unprivileged()[0].pw_uid  # initdb looks its own name up
    return Identity(
        "root in a user namespace",
        os.geteuid(),
        os.getegid(),
        lambda: enter_user_namespace(inner),
    )


def accounts() -> list[Identity]:
    """Unprivileged accounts of this machine, best first; `OSError` where there is none."""
    return [_account(entry) for entry in _unprivileged()]


def _unprivileged() -> list[pwd.struct_passwd]:
    entries = {entry.pw_name: entry for entry in pwd.getpwall() if entry.pw_uid != 0}
    found = [entries[name] for name in ACCOUNTS if name in entries]
    if not found:
        raise OSError(f"/etc/passwd has none of the accounts {', '.join(ACCOUNTS)}")
    return found


def _account(entry: pwd.struct_passwd) -> Identity:
    def enter() -> None:
        os.setgroups([])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)

    return Identity(f"the account {entry.pw_name}", entry.pw_uid, entry.pw_gid, enter)


def objection(identity: Identity, check: Callable[[], str]) -> str:
    """Become `identity` in a forked process and run `check` there; empty when all is well."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        _answer(identity, check, write_end)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as answer:
        said = answer.read().decode()
    _, status = os.waitpid(pid, 0)
    return said if status == 0 else f"the attempt ended with status {status}"


def _answer(identity: Identity, check: Callable[[], str], write_end: int) -> NoReturn:
    status = 1
    try:
        identity.enter()
        said = "it is still root" if os.geteuid() == 0 else check()
        os.write(write_end, said.encode())
        status = 0
    except OSError as error:
        os.write(write_end, str(error).encode())
        status = 0
    finally:
        os._exit(status)  # never back into the code of the process we are a copy of


def unreachable(*needs: tuple[os.PathLike[str], int]) -> str:
    """Say which path we may not use in its mode (`os.R_OK` ...); empty when we may use all."""
    for path, mode in needs:
        if not os.access(path, mode):
            return f"{os.fspath(path)} is out of its reach"
    return ""
