"""The command line: what it prints, and how it says what is wrong."""

import asyncio
import json
import os
import re
import socket
import sys
from pathlib import Path

import asyncpg
import httpx
import pytest
from typer.testing import CliRunner, Result

from service.cli import app
from service.commands.options import misspelt, or_else
from service.http.tokens import Tokens
from service.queries.databases import refuse_without_tables
from service.settings import Settings
from service.strategies import RUNGS, STRATEGIES, WRONG
from tests.clients import SECRET
from tests.shelf_pages import ROOT
from tests.world import PEOPLE

GIVEN = {
    "DATABASE_URL": "postgresql://corral@127.0.0.1:1/corral",
    "REDIS_URL": "redis://127.0.0.1:1",
}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of whoever runs the tests; a directory of one's own."""
    ours = {f"CORRAL_{name.upper()}" for name in Settings.model_fields}
    for name in ours | GIVEN.keys():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


async def corral(*words: str, **environment: str) -> Result:
    """Run a command in a thread: some have an event loop of their own."""
    runner = CliRunner()
    return await asyncio.to_thread(runner.invoke, app, words, env=environment)


def said(result: Result) -> str:
    """What a refused command says: one line on stderr, nothing on stdout, no traceback."""
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    assert line.startswith("corral: ")
    assert isinstance(result.exception, SystemExit)
    return line


@pytest.mark.parametrize(
    "words",
    [
        ["serve"],
        ["worker"],
        ["migrate"],
        ["token", "--user", "ada"],
        ["token", "--everyone"],
        ["seed"],
    ],
)
async def test_a_missing_database_is_named(words: list[str]) -> None:
    """Whatever needs it says so."""
    result = await corral(*words, REDIS_URL=GIVEN["REDIS_URL"])
    assert result.exit_code == 2
    assert "DATABASE_URL is not set" in said(result)


async def test_a_missing_redis_is_named_where_it_is_needed() -> None:
    """By a service; the other commands do without."""
    result = await corral("serve", DATABASE_URL=GIVEN["DATABASE_URL"])
    assert result.exit_code == 2
    assert "REDIS_URL is not set" in said(result)


async def test_a_worker_is_refused_where_it_would_have_nothing_to_do() -> None:
    """The strategies that have work for one are named."""
    result = await corral("worker", "--strategy", "naive", **GIVEN)
    assert result.exit_code == 1
    assert "naive writes no outbox" in said(result)
    assert "layered" in said(result)


async def test_a_short_secret_is_refused() -> None:
    """By its name and not by its value."""
    result = await corral("serve", **GIVEN, CORRAL_SECRET="hush")
    assert result.exit_code == 2
    assert "CORRAL_SECRET is wrong" in said(result)
    assert "hush" not in result.output


async def test_an_unknown_strategy_is_refused() -> None:
    """With those that there are, whether it came as an option or from the environment."""
    for result in (
        await corral("serve", "--strategy", "clever", **GIVEN),
        await corral("serve", **GIVEN, CORRAL_STRATEGY="clever"),
    ):
        assert result.exit_code == 1
        line = said(result)
        assert "'clever'" in line
        for name in ("no_cache", "naive", "article", "layered"):
            assert name in line


async def test_a_wrong_address_is_refused() -> None:
    """Another kind of database, and one where nobody answers."""
    for words in (["migrate"], ["token", "--user", "ada"]):
        result = await corral(*words, DATABASE_URL="mysql://corral@127.0.0.1/corral")
        assert result.exit_code == 2
        assert "DATABASE_URL is wrong: must begin with postgresql://" in said(result)
        result = await corral(*words, DATABASE_URL=GIVEN["DATABASE_URL"])
        assert result.exit_code == 1
        assert "PostgreSQL (DATABASE_URL) cannot be reached" in said(result)
        assert "127.0.0.1" in said(result)


async def test_a_database_of_another_name_is_refused(empty_database: str) -> None:
    """In PostgreSQL's words, with whose they are, and without the driver's."""
    url = f"{empty_database.rpartition('/')[0]}/nope"
    for words in (["migrate"], ["token", "--user", "ada"]):
        result = await corral(*words, DATABASE_URL=url)
        assert result.exit_code == 1
        assert said(result) == (
            'corral: PostgreSQL (DATABASE_URL) says: database "nope" does not exist'
        )


async def test_a_misspelt_setting_is_named() -> None:
    """With the one that it resembles; the command runs all the same."""
    assert list(
        misspelt(["CORRAL_LIMIT_READ", "CORRAL_LIMIT_READS", "CORRAL_TEST_HOME", "HOME"])
    ) == ["CORRAL_LIMIT_READ is no setting and changes nothing; is CORRAL_LIMIT_READS meant?"]
    assert list(misspelt(["CORRAL_XYZ"])) == ["CORRAL_XYZ is no setting and changes nothing"]
    result = await corral("serve", CORRAL_PORTS="1", REDIS_URL=GIVEN["REDIS_URL"])
    first, second = result.stderr.splitlines()
    assert "is CORRAL_PORT meant?" in first
    assert "DATABASE_URL is not set" in second


@pytest.mark.parametrize("words", [[], ["env"], ["patterns"]])
async def test_a_group_without_a_command_lists_them(words: list[str]) -> None:
    """Instead of saying that one is missing."""
    result = await corral(*words)
    assert "Commands" in result.output
    assert "Missing" not in result.output


@pytest.mark.parametrize("setting", ["strategy", "host", "port"])
async def test_a_services_help_says_what_holds_by_itself(setting: str) -> None:
    """Whichever setting says so, and what if none does."""
    result = await corral("serve", "--help", COLUMNS="120")
    assert or_else(setting) in result.output


async def test_strategies_are_listed() -> None:
    """With the steps between them under a heading of their own, and the mistakes when asked."""
    said = (await corral("strategies")).stdout
    mistakes = (await corral("strategies", "--mistakes")).stdout
    for text, heading, names in (
        (said, "Strategies", STRATEGIES),
        (said, "Steps between naive and article", RUNGS),
        (mistakes, "Layered with one field wrong", WRONG),
    ):
        begins = [line.split(" ")[0] for line in text.partition(heading)[2].splitlines() if line]
        assert [name for name in begins if name in names] == list(names)
    assert "ttl=never: keys without a TTL" in mistakes
    assert max(map(len, [*said.splitlines(), *mistakes.splitlines()])) <= 100


async def test_strategies_are_told_to_programs() -> None:
    """One line of JSON: every plan, what it differs in and from which, and all pieces by field."""
    [line] = (await corral("strategies", "--json")).stdout.splitlines()
    told = json.loads(line)
    assert [each["name"] for each in told["strategies"]] == [*STRATEGIES, *RUNGS, *WRONG]
    by_name = {each["name"]: each for each in told["strategies"]}
    assert by_name["lock"]["changed"] == {
        "shared": "polling_lock",
        "invalidation": "after_commit",
    }
    assert [by_name["lock"][key] for key in ("kind", "since")] == ["rung", "small-entries"]
    wrong = by_name["layered.no-ttl"]
    assert (wrong["kind"], wrong["since"], wrong["changed"]) == (
        "mistake",
        "layered",
        {"ttl": "never"},
    )
    assert (wrong["wrong_field"], wrong["scenario"]) == ("ttl", "time-lapse")
    assert told["ladder"][0] == "naive"
    assert told["ladder"][-2:] == ["article", "layered"]
    assert told["pieces"]["near"] == ["nothing_near", "near_cache"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--set", "shared=polling-lock"], "is polling_lock meant?"),
        (["--plan", "nowhere.py:PLAN"], "there is no file nowhere.py"),
    ],
)
async def test_a_plan_that_cannot_be_is_refused(words: list[str], told: str) -> None:
    """By a service and by a worker, whether it came as an option or from the environment."""
    variable = {"--set": "CORRAL_SET", "--plan": "CORRAL_PLAN"}[words[0]]
    for command in ("serve", "worker"):
        for result in (
            await corral(command, *words, **GIVEN),
            await corral(command, **GIVEN, **{variable: words[1]}),
        ):
            assert result.exit_code == 1
            assert told in said(result)


async def test_a_plan_stands_for_a_strategy() -> None:
    """Both at once are refused; an option stands above a variable."""
    result = await corral("serve", "--strategy", "naive", "--plan", "mine.py:PLAN", **GIVEN)
    assert result.exit_code == 2
    assert "one of --strategy and --plan" in " ".join(result.stderr.split())
    result = await corral("worker", "--strategy", "naive", **GIVEN, CORRAL_PLAN="nowhere.py:PLAN")
    assert "naive writes no outbox" in said(result)


@pytest.mark.parametrize("words", [["serve"], ["worker"], ["token", "--everyone"]])
async def test_a_database_without_tables_is_refused(blank_database: str, words: list[str]) -> None:
    """With what to do about it; nothing was started."""
    result = await corral(*words, **GIVEN | {"DATABASE_URL": blank_database})
    assert result.exit_code == 1
    assert said(result) == ("corral: DATABASE_URL has no tables yet; run `corral migrate` first")


async def test_a_database_that_is_down_says_nothing_of_its_tables() -> None:
    """A service must start all the same: it may be back in a moment."""
    await refuse_without_tables(GIVEN["DATABASE_URL"])


async def test_a_taken_port_is_refused() -> None:
    """By its number, without the sentence of a service that is up."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = await corral("serve", "--port", str(port), **GIVEN)
    assert result.exit_code == 1
    assert said(result) == f"corral: port {port} is taken; choose another with --port"


async def test_a_host_of_another_machine_is_refused() -> None:
    """An address of TEST-NET, and a name that nobody has."""
    for host in ("192.0.2.1", "nowhere.invalid"):
        result = await corral("serve", "--host", host, **GIVEN)
        assert result.exit_code == 1
        assert host in said(result)


async def test_a_service_says_where_it_is_once_it_is_there(tmp_path: Path) -> None:
    """The port that it was given for 0, and somebody answers there; databases may be down."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service.cli", "serve", "--port", "0", "--end-with-parent",
        cwd=tmp_path, env={**os.environ, **GIVEN, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        silent = [(await process.stderr.readline()).decode() for _ in range(2)]
        assert silent == [
            f"corral: {store} cannot be used just now; it is tried again until it can\n"
            for store in (
                "PostgreSQL at 127.0.0.1:1 (DATABASE_URL)",
                "Redis at 127.0.0.1:1 (REDIS_URL)",
            )
        ]
        line = (await process.stdout.readline()).decode()
        port = re.fullmatch(r"layered on http://127\.0\.0\.1:([1-9]\d*), .* ends it\.\n", line)
        assert port is not None, line
        async with httpx.AsyncClient() as http:
            found = await http.get(f"http://127.0.0.1:{port[1]}/readyz")
        assert found.status_code == 503
    finally:
        process.terminate()
        await process.wait()


async def test_migrate_goes_up_and_down(empty_database: str) -> None:
    """As from Alembic's own command line."""
    for revision, there, said in (("base", False, "base"), ("head", True, r"\d{4}")):
        result = await corral("migrate", revision, DATABASE_URL=empty_database)
        assert result.exit_code == 0, result.output
        assert re.fullmatch(rf"database is at {said}\n", result.stdout)
        connection = await asyncpg.connect(empty_database)
        found = await connection.fetchval("select to_regclass('posts') is not null")
        await connection.close()
        assert there == found


async def test_a_token_is_for_its_user(world_database: str) -> None:
    """It holds where the same secret is known, as long as it was made for."""
    result = await corral(
        "token", "--user", "grace", "--ttl-s", "60", "--admin",
        DATABASE_URL=world_database, CORRAL_SECRET=SECRET,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    identity = Tokens(SECRET.encode()).read(result.stdout.strip())
    assert (identity.handle, identity.is_admin, identity.is_operator) == ("grace", False, True)


async def test_tokens_for_everybody_are_one_object(world_database: str) -> None:
    """As a load test reads them; nobody is an administrator unawares, or an operator."""
    result = await corral("token", "--everyone", DATABASE_URL=world_database, CORRAL_SECRET=SECRET)
    made = json.loads(result.stdout)
    assert made.keys() == set(PEOPLE)
    tokens = Tokens(SECRET.encode())
    for handle, token in made.items():
        identity = tokens.read(token)
        assert (identity.handle, identity.is_admin, identity.is_operator) == (
            handle,
            handle == "barbara",
            False,
        )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "name one user with --user, or take all with --everyone"),
        (["--user", "ada", "--everyone"], "name one user"),
        (["--user", "nobody"], "there is no user 'nobody'"),
    ],
)
async def test_a_token_for_nobody_is_refused(
    world_database: str, words: list[str], told: str
) -> None:
    """One user, or all of them."""
    result = await corral("token", *words, DATABASE_URL=world_database, CORRAL_SECRET=SECRET)
    assert result.exit_code == 1
    assert told in said(result)
