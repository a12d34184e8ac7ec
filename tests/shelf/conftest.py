"""A shelf of one's own, so that a test may change what lies on it."""

import shutil
from pathlib import Path

import pytest

from service.shelf import Shelf
from service.shelf.catalogue import ROOT


@pytest.fixture(scope="session")
def shelf() -> Shelf:
    """The shelf as it is."""
    return Shelf()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, and in it."""
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    return project


@pytest.fixture
def next_version(tmp_path: Path) -> Shelf:
    """A later shelf: `ttl` has changed, `negative` has not."""
    for part in ("service/patterns", "tests/patterns"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    ttl = tmp_path / "service/patterns/ttl.py"
    ttl.write_text(ttl.read_text() + "\n# newer\n")
    return Shelf(tmp_path / "service/patterns", tmp_path / "tests/patterns")
