"""`python -m loadtests demo`: what it refuses, and how it ends when it is told to."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from loadtests.commands.command import without_passwords
from loadtests.commands.main import main
from loadtests.generator import alone
from service.embedded.servers import Servers
from tests.loadtests.marked import MARK, marked, new_mark, wait_until_gone


def test_a_pair_without_a_url_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """With the word that was wrong."""
    with pytest.raises(SystemExit):
        main(["demo", "--database-url", "postgresql://nobody/x", "--redis", "naive"])
    assert "'naive' is not STRATEGY=URL" in capsys.readouterr().err


async def test_strategies_must_not_share_a_store(world_database: str, tmp_path: Path) -> None:
    """They would read each other's keys."""
    printed = await run(
        world_database,
        "--redis=naive=redis://127.0.0.1:1/0",
        "--redis=layered=redis://127.0.0.1:1/0",
        "--strategies=naive,layered",
        f"--out={tmp_path}",
    )
    assert printed[0] == 1
    assert "each a server or at least a database number of its own" in " ".join(printed[1].split())


async def test_a_strategy_without_a_store_is_refused(world_database: str, tmp_path: Path) -> None:
    """Before anything was started."""
    printed = await run(world_database, "--redis=naive=redis://h/0", f"--out={tmp_path}")
    assert printed[0] == 1
    assert "No store for article" in printed[1]


async def test_a_database_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    """No traceback for a wrong port."""
    nowhere = "postgresql://nobody@127.0.0.1:9/x"
    stores = [f"--redis={name}=redis://h/{name}" for name in ("naive", "article", "layered")]
    code, said = await run(nowhere, *stores, f"--out={tmp_path}")
    assert code == 1
    assert "The database cannot be used" in said
    assert "Traceback" not in said


def test_passwords_are_not_written_into_the_result() -> None:
    """The command is printed on the report; people publish reports."""
    command = "demo --database-url postgresql://me:secret@db/x --redis naive=redis://:s3@h:1/0"
    assert without_passwords(command) == (
        "demo --database-url postgresql://me:***@db/x --redis naive=redis://:***@h:1/0"
    )


def test_locust_reads_nobodys_own_settings() -> None:
    """Neither variables nor a file in the home directory."""
    found = alone({"LOCUST_USERS": "99", "HOME": "/root", "PATH": "/bin"}, Path("/work"))
    assert "LOCUST_USERS" not in found
    assert (found["HOME"], found["PATH"]) == ("/work", "/bin")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("number", "times"),
    [(signal.SIGINT, 1), (signal.SIGINT, 4), (signal.SIGTERM, 1), (signal.SIGKILL, 1)],
)
async def test_nothing_outlives_an_interrupted_run(
    number: signal.Signals, times: int, world_database: str, servers: Servers, tmp_path: Path
) -> None:
    """However it ends, also for who is impatient: no server, no Locust, no result."""
    mark = new_mark()
    stores = [f"--redis={name}={servers.redis_urls[name]}" for name in ("naive", "layered")]
    process = await start(
        world_database, *stores, "--strategies=naive,layered", f"--out={tmp_path}", mark=mark
    )
    assert process.stdout is not None
    said = [await process.stdout.readline() for _ in range(2)]
    assert b"naive: warm" in said[1], said
    assert len(marked(mark)) >= 6, "ourselves, two processes for each strategy, Locust"
    for _ in range(times):
        process.send_signal(number)
        await asyncio.sleep(0)
    code = await process.wait()
    assert code == (130 if number != signal.SIGKILL else -signal.SIGKILL)
    await asyncio.to_thread(wait_until_gone, mark)
    assert not await asyncio.to_thread((tmp_path / "result.json").exists)


async def start(url: str, *arguments: str, mark: str = "") -> asyncio.subprocess.Process:
    """The command, with a mark in its environment that its children inherit."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "loadtests", "demo", "--quick", "--database-url", url),
        *arguments,
        env={**os.environ, MARK: mark, "CORRAL_SECRET": "s" * 32},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def run(url: str, *arguments: str) -> tuple[int | None, str]:
    """Exit code and output of the command."""
    process = await start(url, *arguments)
    output, _ = await process.communicate()
    return process.returncode, output.decode()
