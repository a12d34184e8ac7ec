"""Files: what is written, and drawing a result again."""

import json
from pathlib import Path

import pytest

from loadtests.report import write
from loadtests.report.__main__ import main

from .made_up import drawn

FILES = ["before-after.svg", "report.html", "summary.md"]


def test_three_files_are_written(tmp_path: Path) -> None:
    """Into a directory that is made for them."""
    out = tmp_path / "reports" / "demo"
    write(drawn(), out)
    assert sorted(path.name for path in out.iterdir()) == FILES


def test_a_result_can_be_drawn_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command gives the same files as the run did, and prints the table."""
    write(drawn(), tmp_path / "first")
    given = tmp_path / "result.json"
    given.write_text(json.dumps(drawn()))
    assert main([str(given), "--out", str(tmp_path / "again")]) == 0
    for name in FILES:
        first, again = (tmp_path / side / name for side in ("first", "again"))
        assert first.read_bytes() == again.read_bytes()
    assert "12 of 12 goals met." in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "[]", '{"schema": "something else"}'])
def test_a_file_that_is_no_result_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    """With a sentence and exit code 2, and nothing written."""
    given = tmp_path / "result.json"
    given.write_text(text)
    assert main([str(given), "--out", str(tmp_path / "out")]) == 2
    assert str(given) in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
