"""However an owner ends, its servers end within five seconds."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from asyncpg.exceptions import PostgresError

from service.embedded import binaries
from service.embedded.servers import running
from service.embedded.supervisor import Order

from .processes import (
    PROJECT,
    all_gone,
    children_of,
    connected,
    holders,
    is_alive,
    kill,
    owner,
    value_of,
    within_deadline,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")

SUPERVISOR = ("-m", "service.embedded.supervisor")

# The same supervisor, whose servers do not ask the kernel to end them.
UNPROTECTED = (
    "-c",
    "from service.embedded import child, supervisor\n"
    "child.die_with_parent = lambda *_: None\n"
    "supervisor.main()",
)

# An owner that has forked: its child holds the pipe to the supervisor open.
FORKING = """
import os, signal, sys
from pathlib import Path
from service.embedded import env
def fork_and_stay():
    if os.fork() == 0:
        signal.alarm(30)
    signal.pause()
env._stay = fork_and_stay
env.env_up(Path(sys.argv[1]), sys.argv[2:], as_json=True)
"""

# An owner that has better to do than to end at Ctrl-C.
BUSY = """
import os, signal, sys
from pathlib import Path
from service.embedded import env
def go_on():
    signal.signal(signal.SIGINT, lambda *_: None)
    print("busy", flush=True)
    os.read(0, 1)
env._stay = go_on
env.env_up(Path(sys.argv[1]), sys.argv[2:], as_json=True)
"""


@contextmanager
def supervised(home: Path, command: Sequence[str]) -> Iterator["subprocess.Popen[str]"]:
    """Run a supervisor of ours, without the owner's half, until its servers are up."""
    order = Order(
        owner=os.getpid(),
        home=str(home),
        postgres_bin=str(binaries.postgres_bin()),
        valkey_server=str(binaries.valkey_server()),
        valkeys=["default"],
        as_root=["namespace", "account"],
    )
    process = subprocess.Popen(
        [sys.executable, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        assert "ready" in process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()
            for pid in holders(home):
                with suppress(ProcessLookupError):
                    kill(pid)


@contextmanager
def starting(home: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run an owner whose servers need not be up yet."""
    command = [sys.executable, "-c", FORKING, str(home)]
    with subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.DEVNULL) as process:
        yield process


async def test_servers_end_with_a_killed_owner(home: Path) -> None:
    """SIGKILL leaves the owner no time; a query that runs is no reason to stay."""
    busy = "SELECT count(*) FROM pg_stat_activity WHERE query = $1 AND state = 'active'"
    endless = "SELECT count(*) FROM generate_series(1, 1000000000)"
    with owner(home) as up:
        async with connected(up.database_url) as worker, connected(up.database_url) as witness:
            query = asyncio.create_task(worker.fetchval(endless))
            while not await witness.fetchval(busy, endless):  # noqa: ASYNC110 - no event tells it
                await asyncio.sleep(0)
            pids = holders(home)
            kill(up.process.pid)
            assert all_gone(pids)
        with pytest.raises((OSError, PostgresError)):
            await query
    assert set() == holders(home)


async def test_next_user_waits_for_servers_that_are_ending(home: Path) -> None:
    """A start right after a kill finds the old servers still there, and the data whole."""
    with owner(home) as up:
        await value_of(up.database_url, "CREATE TABLE survived AS SELECT 1")
        kill(up.process.pid)
    with running(home) as again:
        await value_of(again.database_url, "DROP TABLE survived")


async def test_servers_end_with_a_killed_owner_whose_fork_holds_the_pipe(home: Path) -> None:
    """No end of file comes then; the supervisor sees that it has another parent."""
    with owner(home, script=FORKING) as up:
        pids = holders(home)
        assert within_deadline(lambda: len(children_of(up.process.pid)) == 2)
        (fork,) = set(children_of(up.process.pid)) - pids
        kill(up.process.pid)
        assert all_gone(pids)
        assert is_alive(fork)
        kill(fork)


async def test_servers_end_with_a_killed_supervisor(home: Path) -> None:
    """The kernel ends them, since nobody else is left to."""
    with supervised(home, SUPERVISOR) as supervisor:
        pids = holders(home)
        supervisor.kill()
        assert all_gone(pids)


async def test_servers_outlive_a_killed_supervisor_without_the_kernels_help(home: Path) -> None:
    """Negative control: the test above would notice a server that stays."""
    with supervised(home, UNPROTECTED) as supervisor:
        pids = holders(home)
        supervisor.kill()
        assert not within_deadline(lambda: not any(map(is_alive, pids)), deadline_s=1.0)
    assert all_gone(pids)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_owner_and_servers_end_in_order_when_asked(
    home: Path, number: signal.Signals
) -> None:
    """Ctrl-C reaches the owner's whole process group, and still the servers end in order."""
    log = home / "postgres.log"
    start = log.stat().st_size
    with owner(home) as up:
        pids = holders(home)
        os.killpg(up.process.pid, number)
        assert up.process.wait(timeout=5) == 0
        assert all_gone(pids)
        assert up.process.stderr is not None
        assert up.process.stderr.read() == ""
    assert "database system is shut down" in log.read_text()[start:]


async def test_ctrl_c_that_the_owner_survives_is_none_of_its_servers_business(home: Path) -> None:
    """A terminal signals everybody in its group; only the owner decides what that means."""
    with owner(home, script=BUSY) as up:
        assert up.process.stdout is not None
        assert up.process.stdout.readline() == "busy\n"
        pids = holders(home)
        os.killpg(up.process.pid, signal.SIGINT)
        assert await value_of(up.database_url, "SELECT 1") == 1
        assert pids <= holders(home)


async def test_owner_ends_at_the_end_of_its_stdin(home: Path) -> None:
    """Whoever started `corral env up` with a pipe need only close it."""
    with owner(home) as up:
        pids = holders(home)
        assert up.process.stdin is not None
        up.process.stdin.close()
        assert up.process.wait(timeout=5) == 0
        assert all_gone(pids)


async def test_killed_while_it_makes_a_store_leaves_nothing_running(tmp_path: Path) -> None:
    """An owner may die before its servers are up; the next one starts from nothing."""
    with starting(tmp_path) as process:
        assert within_deadline(lambda: any(tmp_path.glob("postgres*/PG_VERSION")))
        pids = holders(tmp_path)
        process.kill()
        assert all_gone(pids)
    assert len(pids) > 1
    with running(tmp_path, valkeys=()) as up:
        assert up.database_url
