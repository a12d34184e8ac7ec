"""Files: what is written, and drawing a run of trials again."""

import json
import re
from pathlib import Path

import pytest

from loadtests.report.__main__ import main
from loadtests.report.trials import write
from loadtests.report.trials.pictures import pictures
from loadtests.report.trials.read import read
from loadtests.report.trials.reference import BEGIN, END, PAGE, table

from .drawing import tree
from .made_up import broke, drawn

USUAL = {"report.html", "summary.md"}
PICTURES = {
    "run": {"stampede.svg", "time-lapse.svg"},
    "ladder": {"ladder.svg", "stampede.svg"},
    "mistakes": {"stampede.svg"},
    "quick": set[str](),
}


@pytest.mark.parametrize("kind", ["run", "quick"])
def test_a_page_a_table_and_pictures_are_written(tmp_path: Path, kind: str) -> None:
    """Into a directory that is made for them; pictures as they apply."""
    out = tmp_path / "reports" / kind
    write(drawn(kind), out)
    assert {path.name for path in out.iterdir()} == USUAL | PICTURES[kind]


@pytest.mark.parametrize("kind", ["run", "ladder", "mistakes"])
def test_pictures_are_small_documents_of_their_own(kind: str) -> None:
    """Well-formed, nothing fetched, with words, under 120 KB."""
    found = pictures(read(drawn(kind)))
    assert set(found) == PICTURES[kind]
    for name, text in found.items():
        root = tree(text)
        assert root.tag == "{http://www.w3.org/2000/svg}svg", name
        assert re.findall(r"https?://[^\"'\s)]+", text) == ["http://www.w3.org/2000/svg"]
        assert len(text.encode()) < 120_000, name
        assert len(root[0].text or "") > 60, name


def test_pictures_of_an_invalid_run_say_so() -> None:
    """In place of their title."""
    result = drawn()
    broke(result)
    assert all("INVALID RUN: no verdict" in text for text in pictures(read(result)).values())


def test_a_run_can_be_drawn_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command takes this schema, too, and prints its tables."""
    given = tmp_path / "result.json"
    given.write_text(json.dumps(drawn("mistakes")))
    assert main([str(given), "--out", str(tmp_path / "again")]) == 0
    assert {path.name for path in (tmp_path / "again").iterdir()} == USUAL | {"stampede.svg"}
    assert "3 of 3 mistakes are seen" in " ".join(capsys.readouterr().out.split())


def test_the_page_of_results_lists_every_figure() -> None:
    """If not: `python -m loadtests.report.trials.reference` writes the table."""
    text = PAGE.read_text(encoding="utf-8")
    assert table() == text.partition(BEGIN)[2].partition(END)[0]
