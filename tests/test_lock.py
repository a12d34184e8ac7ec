"""The locks: complete, with hashes, and without a host or a path in them."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from benchmarks.contenders import CONTENDERS

ROOT = Path(__file__).parents[1]
PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)==(\S+)", re.MULTILINE)


PEERS = sorted((ROOT / "benchmarks" / "peers").glob("*.in"))


def lock_problems(lock: str, asked: Iterable[Requirement]) -> Iterator[str]:
    """What the lock lacks of what is asked for, and what it must not hold."""
    pinned = {canonicalize_name(name): version for name, version in PIN.findall(lock)}
    for requirement in asked:
        version = pinned.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version):
            yield f"{requirement}: the lock has {version}; run `make lock`"
    for entry in re.split(r"^(?=\w)", lock, flags=re.MULTILINE):
        if PIN.match(entry) and "--hash=sha256:" not in entry:
            yield f"{entry.split()[0]} has no hash"
    for line in re.findall(r"^.*(?:://|--index|--find-links| @ |/).*$", lock, re.MULTILINE):
        yield f"a host or a path: {line}"


def requirements(project: str) -> Iterator[Requirement]:
    """What the project itself asks for, extras included."""
    metadata = tomllib.loads(project)["project"]
    for asked in (metadata["dependencies"], *metadata["optional-dependencies"].values()):
        yield from map(Requirement, asked)


def texts() -> tuple[str, str]:
    """The lock and the project file."""
    return (ROOT / "requirements.txt").read_text(), (ROOT / "pyproject.toml").read_text()


def test_the_lock_holds_what_the_project_asks_for() -> None:
    """Every dependency is pinned in its range, with hashes, from nowhere in particular."""
    lock, project = texts()
    assert list(lock_problems(lock, requirements(project))) == []


@pytest.mark.parametrize("inputs", PEERS, ids=lambda path: path.stem)
def test_a_peer_s_lock_holds_what_it_asks_for(inputs: Path) -> None:
    """The environments of the benchmark are as exact as our own; all have hiredis."""
    asked = [Requirement(line) for line in inputs.read_text().split()]
    lock = inputs.with_suffix(".txt").read_text()
    assert "hiredis==" in lock
    assert list(lock_problems(lock, asked)) == []


def test_every_peer_has_a_lock() -> None:
    """What is compared can be installed."""
    locks = {contender.lock for contender in CONTENDERS if contender.lock}
    assert locks == {path.stem for path in PEERS}


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("redis==", "redis==7.0 #", "the lock has 7.0"),
        ("\nlocust==", "\nlocusts==", "the lock has None"),
        ("# via locust", "# from http://127.0.0.1/simple", "a host or a path"),
        ("alembic==", "--index-url pypi\nalembic==", "a host or a path"),
        ("--hash=sha256:", "#", "has no hash"),
    ],
)
def test_a_wrong_lock_is_caught(right: str, wrong: str, said: str) -> None:
    """Each check can fail."""
    lock, project = texts()
    assert right in lock
    problems = list(lock_problems(lock.replace(right, wrong), requirements(project)))
    assert [problem for problem in problems if said in problem]
