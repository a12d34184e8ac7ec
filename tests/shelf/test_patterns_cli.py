"""`corral patterns`: what is printed, and the exit codes."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.cli import app
from service.shelf import Shelf


def corral(*words: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(app, ["patterns", *words])


def test_the_list_fits_a_terminal(shelf: Shelf) -> None:
    """Every pattern with its definition, in 100 columns."""
    result = corral("list")
    assert result.exit_code == 0
    assert max(len(line) for line in result.stdout.splitlines()) <= 100
    words = " ".join(result.stdout.split())
    for pattern in shelf.patterns.values():
        assert f"{pattern.name} {pattern.definition.split()[0]}" in words
    assert "asyncpg" in words


def test_show_prints_the_file_and_nothing_else(shelf: Shelf) -> None:
    """So that it can be written to a file; of a package each file has its name above it."""
    assert corral("show", "ttl").stdout == (shelf.code / "ttl.py").read_text()
    assert corral("show", "ttl", "--tests").stdout == (shelf.tests / "test_ttl.py").read_text()
    shown = corral("show", "near_cache").stdout
    assert shown.startswith("# ---- near_cache/__init__.py\n# SPDX")
    assert "\n# ---- near_cache/push.py\n# SPDX" in shown


def test_a_copy_says_what_to_do_next(project: Path) -> None:
    """How to import it, and how to run its tests; diff then finds nothing."""
    result = corral("copy", "ttl", "outbox", "--to", "shop/caching")
    assert result.exit_code == 0
    first, *patterns = result.stdout.splitlines()
    assert first.endswith("files written; import from shop.caching")
    assert patterns[0] == "  shop.caching.ttl: 1 file and its tests"
    assert patterns[-5:] == [
        "Run the tests:",
        "  pip install redis pytest pytest-asyncio asyncpg",
        "  pytest shop/caching",
        "pytest-asyncio wants this line below [tool.pytest.ini_options] in pyproject.toml:",
        '  asyncio_default_fixture_loop_scope = "function"',
    ]
    assert max(len(line) for line in result.stdout.splitlines()) <= 100
    same = corral("diff", "shop/caching")
    assert (same.exit_code, same.stdout) == (0, "shop/caching: every copy is as the shelf has it\n")


def test_a_difference_is_code_1(project: Path) -> None:
    """As with diff itself; the lines are shown on demand."""
    corral("copy", "ttl", "--to", "caching")
    (project / "caching" / "ttl.py").write_text("# mine\n")
    result = corral("diff", "caching")
    assert (result.exit_code, result.stdout) == (1, "ttl.py: changed here (copied from 0.1.0)\n")
    assert "\n-# mine\n" in corral("diff", "caching", "--patch").stdout


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["show", "leas"], "there is no pattern 'leas'; did you mean lease?"),
        (["copy", "ttl", "leas", "--to", "caching"], "did you mean lease?"),
        (["copy", "ttl", "--to", "my-caching"], "'my-caching' cannot be imported; choose"),
        (["copy", "ttl", "--to", "class"], "'class' cannot be imported (it is a keyword"),
        (["copy", "ttl", "--to", "a/class/b"], "'class' cannot be imported (it is a keyword"),
        (["copy", "ttl", "--to", "a", "--package", "shop.class"], "'class' cannot be imported"),
        (["copy", "ttl", "--to", "a", "--package", ""], "'' cannot be imported"),
        (["copy", "ttl", "--to", "/proc/x"], "cannot write to /proc/x: No such file"),
        (["copy", "ttl", "--to", "taken"], "taken is a file"),
        (["diff", "caching"], "nothing was copied there"),
    ],
)
def test_trouble_is_one_line_and_code_2(project: Path, words: list[str], why: str) -> None:
    """On stderr, no traceback, nothing written."""
    (project / "taken").touch()
    result = corral(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    [line] = result.stderr.splitlines()
    assert line.startswith("corral: ")
    assert why in line
    assert list(project.iterdir()) == [project / "taken"]
