"""`python -m loadtests compare`: what it prints, refuses, and tells CI."""

import json
from pathlib import Path
from typing import Any

import pytest

from loadtests.commands.main import main
from loadtests.trials.schema import Trials
from tests.loadtests.comparing.made_up import MACHINE, run

FIVE = (100.0, 101.0, 102.0, 103.0, 104.0)
SLOWER = tuple(value * 2 for value in FIVE)


def compared(tmp_path: Path, before: Trials, after: Trials, *options: str) -> int:
    """The exit code for two files."""
    paths = [tmp_path / "before.json", tmp_path / "after.json"]
    for path, trials in zip(paths, (before, after), strict=True):
        path.write_text(json.dumps(trials))
    return main(["compare", *map(str, paths), *options])


def test_equal_runs_end_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And say how many figures were looked at."""
    assert compared(tmp_path, run({"p99_ms": FIVE}), run({"p99_ms": FIVE})) == 0
    assert "1 figure judged: 0 worse, 0 better beyond the spread" in capsys.readouterr().out


def test_something_worse_ends_with_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With both medians, both spreads and the change."""
    assert compared(tmp_path, run({"p99_ms": FIVE}), run({"p99_ms": SLOWER}), "--markdown") == 3
    row = "| browse | layered | p99 latency | 102 ms (100 ms to 104 ms) | 204 ms (200 ms to 208 ms)"
    assert f"{row} | +100% | worse |" in capsys.readouterr().out


def test_a_change_that_is_allowed_ends_with_0(tmp_path: Path) -> None:
    """`--least-change` is what a team agrees on; the control is the same without it."""
    before, after = run({"p99_ms": FIVE}), run({"p99_ms": tuple(value * 1.2 for value in FIVE)})
    assert compared(tmp_path, before, after, "--least-change", "25%") == 0
    assert compared(tmp_path, before, after) == 3


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"seed": 2}, "give both runs the same --seed"),
        ({"quick": True}, "one of them is a quick run"),
        ({"machine": {**MACHINE, "cores": 8}}, "another machine: cores was 2, and is 8"),
        ({"versions": {"postgres": "16.2"}}, "another server: postgres was 18.6, and is 16.2"),
        ({"dataset": {"users": 99}}, "other data: users was 10, and is 99"),
        ({"server_processes": 4}, "2 server processes ran before, 4 after"),
    ],
)
def test_runs_that_measured_other_things_are_refused(
    other: dict[str, Any], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With exit code 2 and every reason; nothing is compared then."""
    assert compared(tmp_path, run({"p99_ms": FIVE}), run({"p99_ms": SLOWER}, **other)) == 2
    printed = " ".join(capsys.readouterr().out.split())
    assert said in printed
    assert "worse" not in printed


def test_runs_without_a_common_scenario_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And what each of them played is named."""
    other = run({"p99_ms": FIVE}, scenario="stampede")
    assert compared(tmp_path, run({"p99_ms": FIVE}), other) == 2
    said = " ".join(capsys.readouterr().out.split())
    assert "layered in browse before, layered in stampede after" in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is no JSON"),
        ("[]", "has the schema none"),
        ('{"schema": "corral.result/1"}', "make demo` measures once"),
    ],
)
def test_a_file_that_is_no_run_is_one_sentence(
    content: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1, as for everything that could not be done."""
    (tmp_path / "other.json").write_text(content)
    assert main(["compare", str(tmp_path / "other.json"), str(tmp_path / "other.json")]) == 1
    assert said in " ".join(capsys.readouterr().out.split())


def test_a_file_that_is_not_there_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """With its name."""
    assert main(["compare", "nowhere.json", "nowhere.json"]) == 1
    assert "nowhere.json cannot be read: No such file or directory." in capsys.readouterr().out
