"""The ladder: one table, a picture a step, and what each step alone changed."""

import re

import pytest

from loadtests.report.trials.ladder import changes, measures, steps
from loadtests.report.trials.pictures import pictures
from loadtests.report.trials.read import read

from .drawing import all_of, html, page_of, summary_of, tree, words
from .made_up import broke, drawn, value


def test_all_measures_of_the_issue_are_in_the_table() -> None:
    """Bytes to loads, at both rates, and dollars at both prices."""
    labels = [(one.group, one.label) for one in measures(read(drawn("ladder")))]
    low, high = "At 84/s, the low rate", "At 610/s, the high rate"
    for expected in (
        ("The cache", "Bytes"),
        ("The cache", "A post's entry"),
        ("The cache", "Keys without TTL"),
        ("The cache", "Hit rate, equal budget"),
        ("The cache", "$ a month, article's price"),
        ("The cache", "$ a month, $12.5 a GB"),
        *((group, label) for group in (low, high) for label in ("Mean", "p50", "p99")),
        (low, "SQL a request"),
        (low, "Hit rate"),
        ("Stampede", "Loads, cold"),
        ("Stampede", "Loads, natural expiry"),
    ):
        assert expected in labels


def test_dollars_are_as_if_naive_were_the_articles_32_gb() -> None:
    """So naive's are the article's own, and the settable price scales them."""
    result = drawn("ladder")
    run = read(result)
    naive = next(one for one in run.subjects if one.name == "naive")
    found = {one.label: one.text(run, naive) for one in measures(run) if one.unit == "dollars"}
    assert found == {"$ a month, article's price": "$12,000", "$ a month, $12.5 a GB": "$400"}


def test_a_step_is_judged_against_the_rung_before() -> None:
    """Beyond the spread, or not."""
    run = read(drawn("ladder"))
    lock = next(one for one in steps(run) if one.after.name == "lock")
    assert lock.before.name == "small-entries"
    by_label = {one.label: found for one, found in changes(run, lock, measures(run))}
    assert by_label["Loads, cold"].words.endswith("better")
    metering = next(one for one in steps(run) if one.after.name == "metering")
    by_label = {one.label: found for one, found in changes(run, metering, measures(run))}
    assert by_label["Loads, cold"].words == "same, within the spread"


def test_every_step_has_its_section_with_a_picture() -> None:
    """Seven steps past naive, each with its four panels and a sentence."""
    root = tree(page_of("ladder"))
    found = [node for node in root.iter("section") if node.get("class") == "step"]
    assert len(found) == 7
    for one in found:
        assert len([n for n in one.iter("svg") if n.get("role") == "img"]) == 4
        assert "Against " in "".join(one.itertext())


@pytest.mark.parametrize("name", ["terminal", "markdown", "html"])
def test_the_articles_claims_are_marked_as_its_own(name: str) -> None:
    """32 to 9 GB, −40 % and −60 %, with a dagger and a note that disowns them."""  # noqa: RUF002
    text = all_of("ladder")[name]
    flat = words(text) if name == "html" else " ".join(text.replace("*", "").split())
    for claim in ("32 GB → 9 GB", "−40 %", "another −60 %", "450 ms → 120 ms", "23 % → 87 %"):  # noqa: RUF001
        assert claim in flat
    assert "Nothing here measured them." in flat
    assert "†" in flat


def test_claims_are_in_italics() -> None:
    """In the page and in Markdown."""
    assert re.search(r"<i>the article said 32\sGB\s→ 9\sGB</i>", page_of("ladder"))
    assert "*32 GB → 9 GB*" in summary_of("ladder")


def test_rungs_without_a_verdict_change_nothing() -> None:
    """A step from or to a rung that was never valid says so."""
    result = drawn("ladder")
    broke(result, subject="lock")
    text = words(html(result))
    assert "Against small-entries: no verdict, as one of them has no valid repeat." in text
    assert value(result, "memory", "layered", "cache_bytes") in text


def test_a_run_without_the_scenarios_has_fewer_lines() -> None:
    """Absent figures leave no empty lines."""
    result = drawn("ladder")
    result["scenarios"] = [one for one in result["scenarios"] if one["name"] == "stampede"]
    assert {one.group for one in measures(read(result))} == {"Stampede"}


def test_the_ladders_picture_has_a_bar_a_rung() -> None:
    """Four panels of nine."""
    drawn_bars = pictures(read(drawn("ladder")))["ladder.svg"].count('class="solid of-')
    assert drawn_bars == 4 * 9
