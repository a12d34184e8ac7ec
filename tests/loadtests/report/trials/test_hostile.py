"""Names, texts and values of a file that somebody else wrote."""

import json
from copy import deepcopy

import pytest

from loadtests.report.reading import Result
from loadtests.report.trials.pictures import pictures
from loadtests.report.trials.read import read
from tests.loadtests.report.made_up import HOSTILE, nulls, paths, without

from . import builder
from .drawing import everything, html, summary, terminal, tree
from .made_up import SHORT, drawn, file_of


def renamed(result: Result, before: str, after: str) -> Result:
    """The run with a name changed wherever it occurs."""
    text = json.dumps(result).replace(json.dumps(before)[1:-1], json.dumps(after)[1:-1])
    found: Result = json.loads(text)
    return found


@pytest.mark.parametrize("name", ["naive", "browse-low", "ms", "trending", "cache stopped", "miss"])
def test_names_cannot_become_markup(name: str) -> None:
    """Subjects, scenarios, units, prefixes, events, outcomes."""
    result = renamed(drawn(), name, HOSTILE)
    text = html(result)
    assert tree(text).tag == "html"
    assert "<script" not in text
    assert "<script" not in summary(result)
    for picture in pictures(read(result)).values():
        assert "<script" not in picture
        assert tree(picture) is not None


def test_texts_cannot_become_markup() -> None:
    """Command, versions, reasons, goals, plans' fields and their values."""
    result = drawn("mistakes")
    result["command"] = result["created_at"] = result["machine"]["cpu"] = HOSTILE
    result["versions"] = {HOSTILE: HOSTILE}
    result["subjects"][2].update(summary=HOSTILE, changes={HOSTILE: HOSTILE}, symptom=HOSTILE)
    result["scenarios"][0].update(summary=HOSTILE, symptom=HOSTILE, distorts=HOSTILE)
    result["goals"] = [dict.fromkeys(("id", "text", "unit", "why"), HOSTILE) | {"met": False}]
    result["trials"][0].update(valid=False, why=[HOSTILE])
    text = html(result)
    assert tree(text).tag == "html"
    assert "<script" not in text
    assert "<script" not in summary(result).replace("by `<script", "by `")
    assert "https://evil" not in text.replace("&#x27;https://evil", "").replace(
        "://evil.example", ""
    )


def test_square_brackets_are_printed_as_they_are() -> None:
    """A plan's name is not rich's markup."""
    assert "[bold]x[/]" in terminal(renamed(drawn(), "naive", "[bold]x[/]"))


def test_a_name_cannot_choose_a_files_name() -> None:
    """Pictures have names of ours."""
    found = pictures(read(renamed(drawn(), "time-lapse", "../../etc/passwd")))
    assert set(found) == {"stampede.svg", "time-lapse.svg"}


def test_a_long_name_is_cut_where_there_is_little_room() -> None:
    """And whole where there is some."""
    result = renamed(drawn(), "naive", "a-plan-of-somebody-with-a-very-long-name-indeed")
    assert max(map(len, terminal(result).splitlines())) <= 100
    assert "a-plan-of-somebody-with-a-very-long-name-indeed" in html(result)


def test_nothing_known_is_drawn_without_a_crash() -> None:
    """Null everywhere, and nothing at all."""
    empty: Result = {}
    for result in (nulls(drawn()), empty):
        for name, text in everything(result).items():
            assert "INVALID RUN" in text, name
            assert "None" not in text, name


def test_any_one_value_may_be_null() -> None:
    """Null in any single place leaves the rest drawn."""
    whole = file_of(builder.run(SHORT[1:3], ("naive", "layered"), repeats=1))
    for trial in whole["trials"]:
        for key, rows in trial["drawing"].items():
            trial["drawing"][key] = rows[:3]
    for path in paths(whole):
        if path[0] in {"figures", "machine", "versions", "dataset", "article"} and len(path) > 2:
            continue
        result = deepcopy(whole)
        without(result, path)
        for text in (html(result), summary(result)):
            assert "None" not in text, path


def test_the_result_is_not_changed() -> None:
    """Drawing reads the result and leaves it as it is."""
    result = drawn()
    before = json.dumps(result)
    everything(result)
    pictures(read(result))
    assert before == json.dumps(result)
