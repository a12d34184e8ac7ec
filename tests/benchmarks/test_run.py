"""`python -m benchmarks` as people run it, in its smallest form: all rows, our own sides."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.rows import ROWS
from tests.waiting import until_now

ROOT = Path(__file__).parents[2]
PATIENCE_S = 120.0
# What only a warm, quiet machine can say: the test asks whether it was measured, not what it is.
COUNTS = {
    ("herd_500", "one_load"): (1, 1),
    ("herd_500", "errors"): (0, 0),
    ("herd_50", "one_load"): (1, 1),
    ("herd_50", "errors"): (0, 0),
    ("cancelled", "failed"): (0, 20),
    ("cancelled", "loads"): (1, 0),
    ("refused", "errors"): (0, 200),
    ("hung", "errors"): (0, 200),
    ("batch", "loads"): (1, 0),
}


def started(folder: Path, *words: str) -> "subprocess.Popen[str]":
    """A run of its own home, so that it meets nobody else's."""
    options = ["--sizes", "tiny", "--home", str(folder / "home"), "--out", str(folder / "out")]
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks", *options, *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A run of Corral and bare redis-py, which need no environment of their own."""
    folder = tmp_path_factory.mktemp("bench")
    process = started(folder, "--side", "corral", "--side", "redis_py")
    said, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, said
    assert (folder / "out" / "summary.md").read_text().startswith("- **Machine**")
    found: dict[str, Any] = json.loads((folder / "out" / "result.json").read_text())
    return found


def figures(result: dict[str, Any], side: str) -> dict[tuple[str, str], dict[str, Any]]:
    """One side's figures by row and metric."""
    return {
        (part["key"], line["key"]): line["figures"][side]
        for part in result["parts"]
        for line in part["lines"]
    }


def test_every_figure_of_ours_is_measured(result: dict[str, Any]) -> None:
    """Nothing in the table stands for Corral without a number, and every goal is judged."""
    ours = figures(result, "corral")
    assert {(row.key, metric.key) for row in ROWS for metric in row.metrics} == set(ours)
    assert [] == [place for place, figure in ours.items() if figure["value"] is None]
    goals = {(row.key, metric.key) for row in ROWS for metric in row.metrics if metric.goal}
    assert goals == {place for place, figure in ours.items() if figure["met"] is not None}


def test_what_can_be_counted_is_right(result: dict[str, Any]) -> None:
    """Loads and errors do not depend on the machine."""
    ours = figures(result, "corral")
    counted = {place: (ours[place]["value"], ours[place]["of"]) for place in COUNTS}
    assert COUNTS == counted
    assert 0 == ours["races", "stale"]["value"]
    assert ours["races", "stale"]["of"] > 0


def test_the_other_side_shows_what_is_protected_from(result: dict[str, Any]) -> None:
    """Bare redis-py, by the same orders: more than one load, and a dash with its reason."""
    bare = figures(result, "redis_py")
    assert bare["herd_500", "loads"]["value"] > 1
    assert 21 == bare["cancelled", "loads"]["value"]
    assert "no near cache for asyncio" == bare["hits", "near"]["missing"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_behind(tmp_path: Path, number: signal.Signals) -> None:
    """However a run ends, its servers and processes end with it."""
    process = started(tmp_path, "--side", "corral", "--row", "hung", "--row", "races")
    assert process.stdout is not None
    process.stdout.readline()  # the first step has begun: servers are up
    family = until_there(process.pid, least=4)
    process.send_signal(number)
    assert process.wait(PATIENCE_S) == (-number if number == signal.SIGKILL else 130)
    process.stdout.close()

    def all_are_gone() -> bool:
        return not any(is_there(pid) for pid in family)

    until_now(all_are_gone, within_s=10)


def until_there(pid: int, least: int) -> set[int]:
    """The children of a process, once there are so many of them."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    found: set[int] = set()

    def so_many_are_there() -> bool:
        found.update(int(word) for word in children.read_text().split())
        return len(found) >= least

    until_now(so_many_are_there)
    return found


def is_there(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        os.kill(pid, 0)
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
