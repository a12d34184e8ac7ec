"""The suite in lanes: nothing is left out, nothing runs twice, and a failure is not lost."""

from pathlib import Path

import pytest

from tests.lanes import ALONE, FIRST, Lane, lanes

ONE_OF_EACH = "def test_a(): ...\ndef test_b(): assert 'this' == 'that'\n"


def test_every_folder_is_in_one_lane() -> None:
    """What the second leaves out is what the others name, and it is there."""
    (first, second), alone = lanes()
    named = [*first.words, *alone.words]
    assert [f"--ignore={folder}" for folder in named] == second.words[1:]
    assert len(set(named)) == len(FIRST) + len(ALONE)
    assert [] == [folder for folder in named if not Path(folder).is_dir()]


def test_a_failure_is_told_and_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By its lane's name while it runs, and kept to be repeated at the end."""
    (tmp_path / "test_one.py").write_text(ONE_OF_EACH)
    lane = Lane("some", [str(tmp_path), "--rootdir", str(tmp_path)])
    lane.run()
    assert 1 == lane.code
    assert {"passed": 1, "failed": 1} == lane.counts
    [failure] = lane.failures
    assert failure.startswith("FAILED ")
    assert "test_one.py::test_b" in failure
    told = capsys.readouterr().out.splitlines()
    assert [] == [line for line in told if not line.startswith("some: ")]


def test_a_lane_without_tests_has_failed(tmp_path: Path) -> None:
    """A folder that was renamed must not pass for a green one."""
    lane = Lane("none", [str(tmp_path / "gone")])
    lane.run()
    assert 0 != lane.code
