"""The shape of the code: who imports whom, sizes, names, no flags."""

import re
from pathlib import Path

import pytest

from tests.house_rules import flags, sleeps, too_long, vague_names
from tests.import_rules import violations

ROOT = Path(__file__).parents[1]


def plant(root: Path, name: str, text: str) -> Path:
    """Write a file below `root`, folders included."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_imports_go_down() -> None:
    """Every import is one that the table of rules allows."""
    assert list(violations(ROOT)) == []


def test_functions_and_files_are_short() -> None:
    """What is over a cap stands on the list of exceptions with its reason."""
    assert list(too_long(ROOT)) == []


def test_names_say_what_things_are() -> None:
    """No module is called utils, helpers, common, manager or base."""
    assert list(vague_names(ROOT)) == []


def test_no_flags() -> None:
    """The strategy and the settings are read where objects are built, nowhere else."""
    assert list(flags(ROOT)) == []


def test_no_test_sleeps_to_pass() -> None:
    """Where waiting is the subject it says so; an exception that nobody needs is found, too."""
    assert list(sleeps(ROOT)) == []


def test_readme_lists_the_commands() -> None:
    """Every target of the Makefile is in the README."""
    targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    readme = (ROOT / "README.md").read_text()
    assert "demo" in targets
    assert [target for target in targets if not re.search(rf"\bmake {target}\b", readme)] == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("service/patterns/flight.py", "from service import keys"),
        ("service/patterns/flight.py", "from service.patterns.ttl import jittered"),
        ("service/patterns/flight.py", "from .ttl import jittered"),
        ("service/patterns/flight.py", "import pydantic"),
        ("service/patterns/lease/wake.py", "from ..ttl import jittered"),
        ("service/feed/posts.py", "def read():\n    import redis"),
        ("service/feed/posts.py", "from service.queries import posts"),
        ("service/queries/posts.py", "import redis.asyncio as redis"),
        ("service/strategies/naive.py", "from service.http import deps"),
        ("service/strategies/naive.py", "from fastapi import Request"),
        ("service/http/posts.py", "from service.strategies import STRATEGIES"),
        ("service/http/posts.py", "from service import queries"),
        ("service/keys.py", "from service.strategies.plan import Plan"),
        ("service/embedded/servers.py", "from service import settings"),
        ("service/cli.py", "import loadtests.run"),
        ("service/demo/running.py", "from service import app"),
        ("service/novel.py", "import json"),
        ("loadtests/run.py", "import locust"),
        ("loadtests/run.py", "from loadtests.sending import traffic"),
        ("loadtests/run.py", "from service import keys"),
        ("loadtests/sending/hot.py", "import redis"),
        ("loadtests/sending/hot.py", "from service import keys"),
        ("loadtests/sending/hot.py", "from loadtests import stores"),
        ("loadtests/sending/hot.py", "from loadtests.detour import stores"),
        ("loadtests/peers/run.py", "from loadtests.peers.sides import layered"),
        ("loadtests/peers/sides/cashews.py", "from service.patterns import ttl"),
        ("loadtests/peers/client/open.py", "import redis"),
        ("benchmarks/sides/cashews.py", "import aiocache"),
        ("benchmarks/sides/cashews.py", "from service.patterns import ttl"),
        ("benchmarks/orders/herd.py", "import rich"),
        ("benchmarks/running.py", "from service.patterns import ttl"),
        ("migrations/versions/0002.py", "from service.feed import models"),
    ],
)
def test_a_planted_import_is_caught(tmp_path: Path, name: str, text: str) -> None:
    """Each rule can fail."""
    for package in ("service", "service/patterns", "service/patterns/lease", "service/queries"):
        plant(tmp_path, f"{package}/__init__.py", "")
    plant(tmp_path, "service/keys.py", "")
    plant(tmp_path, "service/app.py", "from service import keys")
    plant(tmp_path, "service/settings.py", "import pydantic")
    plant(tmp_path, "service/patterns/ttl.py", "import redis")
    plant(tmp_path, "loadtests/stores.py", "import redis")
    plant(tmp_path, "loadtests/detour.py", "from loadtests import stores")
    plant(tmp_path, "loadtests/peers/sides/layered.py", "from service.patterns import ttl")
    plant(tmp_path, "loadtests/sending/traffic.py", "import locust")
    assert list(violations(tmp_path)) == []
    plant(tmp_path, name, text)
    assert [name] == sorted({_file(said) for said in violations(tmp_path)})


def _file(said: str) -> str:
    return said.split(maxsplit=1)[0].replace(".", "/") + ".py"


@pytest.mark.parametrize(
    "text",
    [
        "if strategy == 'naive':\n    pass",
        "x = 1 if plan.strategy != other else 2",
        "match name:\n    case 'layered':\n        pass",
        "if settings.admin:\n    pass",
        "while not settings.admin:\n    pass",
        "found = name in ('naive', 'article')",
    ],
)
def test_a_planted_flag_is_caught(tmp_path: Path, text: str) -> None:
    """A branch on a strategy's name or a setting is found, but not in `app.py`."""
    plant(tmp_path, "service/app.py", text)
    assert list(flags(tmp_path)) == []
    plant(tmp_path, "service/feed/posts.py", text)
    assert len(list(flags(tmp_path))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "await asyncio.sleep(0.1)",
        "await asyncio.sleep(PAUSE_S)",
        "time.sleep(1)",
        "from asyncio import sleep",
        "from time import sleep",
        "rows('select pg_sleep(0.1)')",
        "run(f'select {what}, pg_sleep(1)')",
        "run('import time; time.sleep(60)')",
    ],
)
def test_a_planted_sleep_is_caught(tmp_path: Path, text: str) -> None:
    """Where it stands and what it calls; letting other tasks run is no sleep."""
    plant(tmp_path, "tests/test_slow.py", f"async def test():\n    {text}\n")
    plant(tmp_path, "tests/test_fast.py", "async def test():\n    await asyncio.sleep(0)\n")
    plant(tmp_path, "service/posts.py", text.removeprefix("await "))
    assert ["tests/test_slow.py:2 test"] == [
        said.partition(" sleeps")[0] for said in sleeps(tmp_path, {})
    ]
    assert list(sleeps(tmp_path, {"tests/test_slow.py:test": "it is slow"})) == []


def test_a_sleeper_that_sleeps_no_more_is_caught(tmp_path: Path) -> None:
    """The list of exceptions holds what is needed, and no more."""
    plant(tmp_path, "tests/test_slow.py", "def test():\n    pass\n")
    [said] = sleeps(tmp_path, {"tests/test_slow.py:test": "it was slow"})
    assert said.startswith("tests/test_slow.py:test sleeps no more")


def test_planted_sizes_and_names_are_caught(tmp_path: Path) -> None:
    """A long file, a long function and a vague name are found."""
    plant(tmp_path, "service/long.py", "x = 1\n" * 201)
    plant(tmp_path, "loadtests/utils.py", "def f():\n" + "    x = 1\n" * 30)
    said = [line for line in too_long(tmp_path) if "is short now" not in line]
    assert [line.split()[0] for line in said] == ["service/long.py", "loadtests/utils.py:f"]
    assert [line.split()[0] for line in vague_names(tmp_path)] == ["loadtests/utils.py:"]


def test_a_docstring_is_not_counted(tmp_path: Path) -> None:
    """Saying more about a function does not make it too long."""
    text = 'def f():\n    """One.\n\n    Two.\n    """\n' + "    x = 1\n" * 29
    plant(tmp_path, "service/short.py", text)
    assert [line for line in too_long(tmp_path) if "is short now" not in line] == []
