"""What we start ends with us, and says why when it fails."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from loadtests.errors import LoadTestError
from loadtests.processes import output_of, running
from tests.waiting import until_now

STAY = "import signal; signal.pause()"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); {STAY}"
PARENT = """
import asyncio, os, sys
from pathlib import Path
from loadtests.processes import running
async def main():
    command = [sys.executable, "-c", "import signal; signal.pause()"]
    async with running(command, env=os.environ, log=Path(os.devnull)) as child:
        print(child.pid, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for_end(pid: int) -> None:
    """Return when the process has ended; fail after 5 s, which no server may outlive us by."""

    def no_child_outlives_its_parent() -> bool:
        return not is_alive(pid)

    until_now(no_child_outlives_its_parent, within_s=5)


async def test_a_child_ends_with_its_block() -> None:
    """Also when the block ends with an error."""
    with pytest.raises(RuntimeError):
        async with running(
            [sys.executable, "-c", STAY], env=os.environ, log=Path(os.devnull)
        ) as child:
            raise RuntimeError
    assert child.returncode is not None


async def test_a_child_that_ignores_sigterm_is_killed() -> None:
    """After the patience, and for certain."""
    async with running(
        [sys.executable, "-c", DEAF], env=os.environ, log=Path(os.devnull), talks=True
    ) as child:
        assert child.stdout is not None
        await child.stdout.readline()
    assert child.returncode == -signal.SIGKILL


async def test_a_child_is_gone_though_the_wait_for_it_is_cancelled() -> None:
    """Whoever is in a hurry gets it killed at once, and none is left behind."""
    block = asyncio.create_task(asyncio.Event().wait())
    entered = asyncio.get_running_loop().create_future()

    async def hold() -> None:
        command = [sys.executable, "-c", DEAF]
        async with running(command, env=os.environ, log=Path(os.devnull), talks=True) as child:
            assert child.stdout is not None
            await child.stdout.readline()
            entered.set_result(child)
            await block

    holding = asyncio.create_task(hold())
    child = await entered
    block.cancel()  # it leaves its block and asks the child to end
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    holding.cancel()  # it waits no longer
    with pytest.raises(asyncio.CancelledError):
        await holding
    assert child.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
async def test_a_child_ends_when_its_parent_is_killed() -> None:
    """SIGKILL leaves no time to clean up: the kernel does."""
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    assert is_alive(pid)
    parent.kill()
    await parent.wait()
    await asyncio.to_thread(wait_for_end, pid)


async def test_a_failed_command_is_quoted() -> None:
    """Its own words say more than an exit code."""
    with pytest.raises(LoadTestError, match="no such user"):
        await output_of([sys.executable, "-c", "exit('no such user')"], env=os.environ)
