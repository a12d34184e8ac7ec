"""Child processes that end with us, whichever way we end."""

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from loadtests.errors import LoadTestError

PATIENCE_S = 3.0
_PR_SET_PDEATHSIG = 1
_TAIL_BYTES = 2_000
# Loaded before any fork: what runs in the child before exec must not import.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def free_port() -> int:
    """Find a loopback port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def running(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    log: Path,
    talks: bool = False,
    cwd: Path | None = None,
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a command for the length of the block; what it says goes to `log`.

    With `talks` its standard input and output are pipes of ours. It has a session of its own: a
    Ctrl-C in the terminal is for us, and we end it in our order.
    """
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE if talks else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE if talks else output,
            stderr=output,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=_die_with(os.getpid()),
        )
    try:
        yield process
    finally:
        await end(process)


async def end(process: asyncio.subprocess.Process) -> None:
    """Ask, then insist; at once when cancelled meanwhile. Returns when the process is gone."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(PATIENCE_S):
            await process.wait()
    except TimeoutError:
        pass
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def output_of(command: Sequence[str], *, env: Mapping[str, str]) -> str:
    """What a short command prints. Raises LoadTestError with its own words when it fails."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=dict(env),
        start_new_session=True,
        preexec_fn=_die_with(os.getpid()),
    )
    try:
        out, said = await process.communicate()
    finally:
        await end(process)
    if process.returncode:
        words = said.decode(errors="replace").strip()[-_TAIL_BYTES:]
        raise LoadTestError(f"`{' '.join(command)}` ended with {process.returncode}:\n{words}")
    return out.decode()


async def shown(command: Sequence[str], *, env: Mapping[str, str]) -> None:
    """Run a short command that writes where we do. Raises LoadTestError when it fails."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        env=dict(env),
        start_new_session=True,
        preexec_fn=_die_with(os.getpid()),
    )
    try:
        code = await process.wait()
    finally:
        await end(process)
    if code:
        raise LoadTestError(f"`{' '.join(command)}` ended with {code}, and said why above.")


def tail(log: Path) -> str:
    """The last lines of a log."""
    return log.read_bytes()[-_TAIL_BYTES:].decode(errors="replace").strip()


def _die_with(parent: int) -> Callable[[], None]:
    """What a child runs before exec: the kernel ends it when we are gone, SIGKILL included."""

    def before_exec() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != parent:  # it was gone before the call
                os._exit(1)

    return before_exec
