"""`python -m loadtests compare`: what it prints, refuses, and tells CI."""

import json
from pathlib import Path
from typing import Any

import pytest

from loadtests.commands.main import main
from loadtests.trials.schema import Trials
from tests.loadtests.comparing.made_up import MACHINE, SIZES, run

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
        ({"versions": {"postgres": "16.2"}}, "another version: postgres was 18.6, and is 16.2"),
        ({"dataset": {"users": 99}}, "other data: users was 10, and is 99"),
        ({"server_processes": 4}, "2 server processes ran before, 4 after"),
        ({"kind": "ladder"}, "before is a `run` and after a `ladder`"),
        ({"sizes": {**SIZES, "warm_requests": 9}}, "warm_requests was 40000, and is 9"),
        ({"sizes": {**SIZES, "new": 1}}, "other sizes: new was None, and is 1"),
        ({"unlimited": ""}, "rate limits were off for 127.0.0.1/32 before and for nobody after"),
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


def test_a_run_that_does_not_say_its_sizes_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was written before results had them, so nobody knows what they were."""
    silent = run({"p99_ms": FIVE})
    del silent["sizes"]
    assert compared(tmp_path, silent, run({"p99_ms": FIVE})) == 2
    said = " ".join(capsys.readouterr().out.split())
    assert "the run before does not say its sizes: it was written by an earlier version" in said


def test_nothing_judged_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Quick runs have one repeat, from which nothing follows; allowing gaps does not help."""
    one = run({"p99_ms": FIVE[:1]})
    assert compared(tmp_path, one, one) == 2
    assert compared(tmp_path, one, one, "--allow-missing") == 2
    assert "no verdict" in capsys.readouterr().out


def test_what_was_not_judged_is_no_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two of its five repeats are valid: exit code 2, and 0 only where that is allowed."""
    figures = {"p99_ms": FIVE, "loads": FIVE}
    before, after = run(figures), run(figures)
    after["summary"]["browse"]["layered"]["p99_ms"]["valid"] = 2
    assert compared(tmp_path, before, after) == 2
    said = " ".join(capsys.readouterr().out.split())
    assert "not judged: browse, layered: 2 valid repeats after are too few" in said
    assert compared(tmp_path, before, after, "--allow-missing") == 0


def test_what_was_not_played_is_lost_unless_that_is_allowed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A strategy that is gone, with a scenario that is gone; the rest is equal."""
    before, after = run({"p99_ms": FIVE}), run({"p99_ms": FIVE})
    figures = before["summary"]["browse"]["layered"]
    before["summary"]["browse"]["naive"] = before["summary"].setdefault("stampede", {})[
        "layered"
    ] = figures
    assert compared(tmp_path, before, after) == 3
    said = " ".join(capsys.readouterr().out.split())
    assert "not played: browse, naive: the run after did not play it with this strategy" in said
    assert "not played: stampede, layered: the run after did not play this scenario" in said
    assert compared(tmp_path, before, after, "--allow-missing") == 0


def test_a_figure_that_is_lost_is_worse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the reason that its trials give; no option allows it."""
    before, after = run({"p99_ms": FIVE, "loads": FIVE}), run({"loads": FIVE})
    for trial in after["trials"]:
        trial["unknown"]["p99_ms"] = "nothing was answered"
    assert compared(tmp_path, before, after, "--allow-missing", "--markdown") == 3
    said = capsys.readouterr().out
    assert "| – | – | lost: nothing was answered |" in said  # noqa: RUF001
    assert "1 lost" in said


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
