"""What holds for terminal, Markdown, HTML and picture alike."""

import json
import re
from copy import deepcopy

import pytest

from loadtests.report.verdict import NO_VERDICT

from .drawing import everything, files, flat
from .made_up import drawn, hostile, invalid, missed, nulls, paths, thin, unknown_memory, without

TABLES = ("terminal", "markdown", "html")


def test_figures_of_every_strategy_are_shown() -> None:
    """Bytes of each strategy are in every rendering."""
    for name, text in everything(drawn()).items():
        for expected in ("58.4 MiB", "17.0 MiB", "9.44 MiB"):
            assert expected in flat(text), name


def test_a_missed_goal_is_told_in_words_with_its_cause() -> None:
    """Figure, mark and cause of a missed goal stand in each table."""
    found = everything(drawn(missed))
    for name in TABLES:
        text = flat(found[name]).lower()
        assert "measured 35.1 %; the mark is 28 %. the data set is too small." in text, name
        assert "11 of 12 goals met, 1 missed." in text, name
        assert "✗" in text, name


def test_an_invalid_run_gets_no_verdict() -> None:
    """The alarm and its reason are there; no tick, cross, tally or comparison is."""
    for name, text in everything(drawn(invalid)).items():
        assert NO_VERDICT in text, name
        assert not {"✓", "✗", "÷"} & set(text.replace("bytes ÷ naive", "")), name
        assert "goals met" not in flat(text), name
        if name in TABLES:
            assert "generator took 93 % of a core" in flat(text), name


def test_a_valid_run_raises_no_alarm() -> None:
    """The alarm is for invalid runs alone."""
    for name, text in everything(drawn()).items():
        assert NO_VERDICT not in text, name


@pytest.mark.parametrize("name", TABLES)
def test_the_articles_figures_are_marked_as_its_own(name: str) -> None:
    """The claims stand under their own heading with a dagger, and a note that disowns them."""
    text = flat(everything(drawn())[name]).replace("<sup>", "").replace("</sup>", "")
    for claim in ("32 GB → 9 GB (28 %)", "$12,000 → $3,000", "450 ms → 120 ms", "23 % → 87 %"):
        assert claim in text
    heading = "the article" if name == "terminal" else "the article said"
    assert re.search(rf"{heading}.*†", text)
    assert "Nothing here measured them." in text


def test_an_unknown_value_is_a_dash_with_its_reason() -> None:
    """A shared store's bytes are an en dash, and a footnote says why, once."""
    found = everything(drawn(unknown_memory))
    for name in TABLES:
        assert "–" in found[name], name  # noqa: RUF001
        assert flat(found[name]).count("Not known on a shared store.") == 1, name


def test_nothing_known_is_drawn_without_a_crash() -> None:
    """A result whose every leaf is null is invalid and shows no figure."""
    for name, text in everything(nulls(drawn())).items():
        assert NO_VERDICT in text, name
        assert "None" not in text, name
        assert "nan" not in flat(text).split(), name


def test_an_empty_result_is_drawn_without_a_crash() -> None:
    """So is one with nothing in it."""
    for name, text in everything({}).items():
        assert NO_VERDICT in text, name


@pytest.mark.parametrize("part", ["conditions", "goals", "rates", "machine", "strategies"])
def test_any_one_value_may_be_null(part: str) -> None:
    """Null in any single place, rows of series and timelines included, leaves the rest drawn.

    The terminal prints the same cells as the Markdown, slower.
    """
    whole = drawn(thin)
    for path in paths(whole[part], part):
        if path[:2] in {("strategies", "article"), ("strategies", "layered")}:
            continue
        result = deepcopy(whole)
        without(result, path)
        for name, text in files(result).items():
            assert "None" not in text, (path, name)


def test_text_of_the_run_cannot_become_markup() -> None:
    """A command, a version or a goal made of HTML stays text."""
    found = everything(drawn(hostile))
    for name in ("html", "picture", "markdown"):
        outside_code = found[name].replace("by `<script", "by `")
        assert "<script" not in outside_code, name
    assert r"\\\|\*" in found["markdown"]


def test_a_strategy_that_did_not_run_is_left_open() -> None:
    """A run of two strategies has a column of dashes for the third."""
    result = drawn()
    del result["strategies"]["article"]
    result["goals"] = [goal for goal in result["goals"] if "article" not in goal["id"]]
    found = everything(result)
    for name in TABLES:
        assert "This strategy was not run." in flat(found[name]), name


def test_the_result_is_not_changed() -> None:
    """Drawing reads the result and leaves it as it is."""
    result = drawn()
    before = json.dumps(result)
    everything(result)
    assert before == json.dumps(result)
