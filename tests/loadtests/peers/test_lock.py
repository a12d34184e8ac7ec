"""The peers' lock: complete, with hashes, and in Corral's own versions where they share one."""

from pathlib import Path

from packaging.requirements import Requirement

from tests.test_lock import PIN, ROOT, lock_problems

INPUTS = ROOT / "loadtests" / "peers" / "environment.in"
SHARED = ("asyncpg", "fastapi", "hiredis", "httptools", "redis", "starlette", "uvicorn", "uvloop")


def _asked(inputs: Path) -> list[Requirement]:
    lines = inputs.read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def test_it_holds_what_is_asked_for() -> None:
    """Every peer is pinned, with hashes, from nowhere in particular."""
    lock = INPUTS.with_suffix(".txt").read_text()
    assert list(lock_problems(lock, _asked(INPUTS))) == []


def test_only_the_cache_differs() -> None:
    """Framework, server, driver and Redis client are those that Corral is locked to."""
    own = dict(PIN.findall((ROOT / "requirements.txt").read_text()))
    peers = dict(PIN.findall(INPUTS.with_suffix(".txt").read_text()))
    assert {name: own[name] for name in SHARED} == {name: peers[name] for name in SHARED}
