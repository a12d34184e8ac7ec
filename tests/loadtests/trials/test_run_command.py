"""`python -m loadtests run`, as a person types it: on given stores, to its file or to its end."""

import asyncio
import fcntl
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import asyncpg
import pytest
from redis.asyncio import Redis

from loadtests.commands.main import main
from loadtests.commands.population import save
from loadtests.population import Population
from loadtests.services import UNLIMITED, Service, serving
from loadtests.trials.schema import SCHEMA, Trial, Trials
from service.embedded.servers import Servers
from service.http.tokens import Tokens
from service.seeding.facts import stamp
from service.seeding.sources import Generated
from tests.loadtests.marked import MARK, marked, new_mark, wait_until_gone
from tests.waiting import until
from tests.world import PEOPLE

ROOT = Path(__file__).parents[3]
SECRET = "the secret of a run, 32 bytes or more"
# Past the time that PostgreSQL has to close its files.
SERVERS_END_WITHIN_S = 15.0


def stores_of(servers: Servers, database_url: str) -> dict[str, str]:
    """An environment with stores in it, from the numbered database 4 on."""
    redis_url = f"{servers.redis_urls['naive'].removesuffix('/0')}/4"
    return {"DATABASE_URL": database_url, "REDIS_URL": redis_url}


async def stamped(url: str) -> None:
    """Make a small world look as if `corral seed` had just filled it: it is kept then."""
    connection = await asyncpg.connect(url)
    await stamp(connection, Generated(), 1, datetime.now(UTC))
    await connection.close()


async def start(
    *words: str, given: Mapping[str, str] = MappingProxyType({}), cwd: Path = ROOT
) -> asyncio.subprocess.Process:
    """The command as a process."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "loadtests", "run", "--quick", *words),
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "CORRAL_SECRET": SECRET, **given},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def said(process: asyncio.subprocess.Process, words: str) -> str:
    """All that is printed up to a line with these words."""
    assert process.stdout is not None
    lines = ""
    while words not in lines:
        line = (await process.stdout.readline()).decode()
        assert line, f"{words!r} was never said: {lines}"
        lines += line
    return lines


async def test_a_whole_run_on_given_stores(
    servers: Servers, world_database: str, tmp_path: Path
) -> None:
    """A strategy and no_cache beside it; the stores are left as they were found.

    A plan that whoever runs it has in the environment is nobody's here: it could not be served.
    """
    await stamped(world_database)
    stores = stores_of(servers, world_database)
    process = await start(
        *("--strategy", "layered", "--rate", "20", "--yes"),
        *("--out", str(tmp_path)),
        given={**stores, "CORRAL_PLAN": "nowhere.py:PLAN"},
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    assert all(len(line) <= 100 for line in output.decode().splitlines())
    trials: Trials = json.loads((tmp_path / "result.json").read_text())
    assert trials["schema"] == SCHEMA
    optional = {"sightings"}
    assert set(trials) == Trials.__required_keys__ | Trials.__optional_keys__ - optional
    assert [one["name"] for one in trials["subjects"]] == ["no_cache", "layered"]
    assert (trials["quick"], trials["repeats"], trials["rates"]["low"]) == (True, 1, 20.0)
    for trial in trials["trials"]:
        assert set(trial) >= Trial.__required_keys__
        assert trial["figures"]["p99_ms"] > 0
        assert "shared with others" in trial["unknown"]["commands_per_request"]
    found = {trial["subject"]: trial["figures"] for trial in trials["trials"]}
    assert found["no_cache"]["hit_rate"] == 0 < found["layered"]["hit_rate"]
    assert found["no_cache"]["sql_per_request"] > found["layered"]["sql_per_request"]
    async with Redis.from_url(stores["REDIS_URL"]) as redis:
        assert set(await redis.info("keyspace")) & {"db4", "db5"} == set()


def test_unknown_names_are_refused_before_anything_starts(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the choices, and with stores that nobody could reach."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/x")
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    for words, sentence in [
        (["--scenario", "brows"], "no scenario 'brows' (is browse meant?); choose from"),
        (["--strategy", "naive,layerd"], "no strategy 'layerd' (is layered meant?); choose from"),
        (["--set", "near=nothing"], "no piece 'nothing' for near"),
        (["--plan", "nowhere.py:PLAN"], "There is no file nowhere.py"),
        (["--host", "https://example.org"], "is no address to send to"),
        (["--host", "127.0.0.1:9", "--strategy", "naive"], "--host measures the service as it"),
        (["--host", "127.0.0.1:9", "--scenario", "memory"], "services that we start ourselves"),
    ]:
        assert main(["run", *words, "--out", str(tmp_path)]) == 1
        assert sentence in " ".join(capsys.readouterr().out.split())


async def test_a_store_with_something_in_it_is_refused_and_kept(
    servers: Servers, world_database: str, tmp_path: Path
) -> None:
    """Without --yes."""
    stores = stores_of(servers, world_database)
    process = await start("--out", str(tmp_path), given=stores)
    output, _ = await process.communicate()
    assert process.returncode == 1
    assert "The database of DATABASE_URL is not empty" in output.decode()
    connection = await asyncpg.connect(world_database)
    assert await connection.fetchval("select count(*) from users") == len(PEOPLE)
    await connection.close()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_a_run_that_is_interrupted_leaves_nothing(
    servers: Servers, world_database: str, tmp_path: Path
) -> None:
    """In the middle of a trial: no process, no result, and no key in the store."""
    await stamped(world_database)
    stores, mark = stores_of(servers, world_database), new_mark()
    words = ("--strategy", "layered", "--rate", "20", "--yes", "--out", str(tmp_path))
    process = await start(*words, given={**stores, MARK: mark})
    await said(process, "warm")
    assert len(marked(mark)) >= 4, "ourselves, two services, Locust"
    process.send_signal(signal.SIGINT)
    assert await process.wait() == 130
    await asyncio.to_thread(wait_until_gone, mark)
    assert not (tmp_path / "result.json").exists()
    async with Redis.from_url(stores["REDIS_URL"]) as redis:
        assert await redis.dbsize() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
async def test_embedded_servers_end_with_the_run(number: signal.Signals, tmp_path: Path) -> None:
    """While data is loaded; whoever is killed, PostgreSQL closes its files and is gone."""
    mark = new_mark()
    without = dict.fromkeys(("DATABASE_URL", "REDIS_URL"), "")
    words = ("--strategy", "naive", "--out", str(tmp_path / "out"))
    process = await start(*words, given={**without, MARK: mark}, cwd=tmp_path)
    await said(process, "rows")
    process.send_signal(number)
    assert await process.wait() == (130 if number == signal.SIGINT else -signal.SIGKILL)
    await asyncio.to_thread(wait_until_gone, mark, SERVERS_END_WITHIN_S)
    home = tmp_path / ".corral" / "loadtests"

    async def no_server_holds_the_home() -> bool:
        with (home / "lock").open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    await until(no_server_holds_the_home, within_s=SERVERS_END_WITHIN_S)
    assert "database system is shut down" in (home / "postgres.log").read_text()


@asynccontextmanager
async def somebodys_service(
    servers: Servers, database_url: str, logs: Path
) -> AsyncIterator[tuple[Service, str]]:
    """A service that the command did not start, and an administrator's token."""
    redis_url = f"{servers.redis_urls['naive'].removesuffix('/0')}/8"
    settings = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "CORRAL_SECRET": SECRET}
    settings |= {"CORRAL_ADMIN": "1", "CORRAL_UNLIMITED": UNLIMITED, "CORRAL_STRATEGY": "layered"}
    token = Tokens(SECRET.encode()).make(1, "ada", is_operator=True)
    env = {**os.environ, **settings}
    async with serving("layered", env=env, logs=logs, admin_token=token) as service:
        await service.ready()
        yield service, redis_url
    async with Redis.from_url(redis_url) as redis:
        await redis.flushdb()


async def test_a_service_elsewhere_is_measured_by_what_it_offers(
    servers: Servers, world_database: str, tmp_path: Path
) -> None:
    """By HTTP alone; and with a token and its stores at hand, statements, loads, commands, too."""
    async with somebodys_service(servers, world_database, tmp_path) as (service, redis_url):
        hosts = [word for host in service.hosts for word in ("--host", f"http://{host}")]
        alone = await measured(tmp_path / "alone", *hosts)
        people = await signed_in(world_database, tmp_path / "people.json")
        more = ["--admin-token", service.admin_token, "--population", str(people)]
        more += ["--redis-url", redis_url, "--database-url", world_database]
        full = await measured(tmp_path / "full", *hosts, *more)
    assert alone["subjects"][0]["name"] == service.hosts[0]
    trial = alone["trials"][-1]  # on a busy machine there are two
    assert trial["figures"].keys() >= {"p99_ms", "hit_rate", "achieved_per_s"}
    assert trial["unknown"].keys() >= {
        "cpu_ms_per_request",
        "loads_per_request",
        "sql_per_request",
        "commands_per_request",
    }
    assert (alone["dataset"], alone["server_processes"]) == (None, 2)
    trial = full["trials"][-1]
    assert trial["unknown"].keys() <= {"p999_ms"}, "a short run has too few requests for it"
    assert trial["figures"]["commands_per_request"] > 0
    assert full["dataset"] is not None
    assert full["dataset"]["users"] == len(PEOPLE)


async def signed_in(database_url: str, file: Path) -> Path:
    """The file of everybody's tokens, which nobody else may read."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "loadtests", "population", "--out", str(file)),
        cwd=ROOT,
        env={**os.environ, "CORRAL_SECRET": SECRET, "DATABASE_URL": database_url},
    )
    assert await process.wait() == 0
    return file


def test_a_file_of_tokens_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Also where somebody had made one that all may read."""
    file = tmp_path / "people.json"
    file.touch(mode=0o644)
    save(Population(["ada"], [1], [7], [2], {"ada": "a token"}), file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert Population.load(file).tokens == {"ada": "a token"}


async def measured(out: Path, *words: str) -> Trials:
    """What a quick run of browse wrote."""
    process = await start("--rate", "20", "--out", str(out), *words)
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    trials: Trials = json.loads((out / "result.json").read_text())
    return trials
