"""Tables: every cell is a figure of the run, and what is not known says why."""

import re

import pytest

from loadtests.report.trials.cells import columns
from loadtests.report.trials.read import read

from .drawing import all_of, everything, html, page_of, summary, summary_of, terminal, words
from .made_up import drawn, value

ORDINARY = ("terminal", "markdown", "html")


@pytest.mark.parametrize("name", ORDINARY)
def test_every_figure_of_every_subject_is_shown(name: str) -> None:
    """Median by median, in each rendering."""
    result = drawn()
    text = everything(result)[name]
    flat = words(text) if name == "html" else text
    for scenario, subjects in result["summary"].items():
        for subject, figures in subjects.items():
            for figure in figures:
                assert value(result, scenario, subject, figure) in flat, (subject, figure)


@pytest.mark.parametrize("name", ORDINARY)
def test_no_cell_is_nan_or_none(name: str) -> None:
    """Whatever the kind of run."""
    for kind in ("run", "ladder", "mistakes", "quick"):
        text = all_of(kind)[name]
        assert not re.search(r"\b(nan|None|inf)\b", words(text) if name == "html" else text), kind


def test_a_figure_stands_with_its_spread_and_its_repeats() -> None:
    """Median, least to most, and how many of the repeats were valid."""
    result = drawn()
    spread = result["summary"]["stampede"]["naive"]["loads"]
    expected = f"{spread['median']:.0f} ({spread['least']:.0f}–{spread['most']:.0f})"  # noqa: RUF001
    line = next(
        row for row in summary(result).splitlines() if row.startswith(f"| naive | {expected}")
    )
    assert line.endswith("5 of 5 |")


def test_the_hit_rate_stands_last() -> None:
    """Behind all figures, wherever the scenario lists it."""
    result = drawn()
    scenario = next(one for one in result["scenarios"] if "hit_rate" in one["figures"])
    scenario["figures"] = ["hit_rate", "mean_ms", "stale_rate", "p50_ms"]
    run = read(result)
    found = columns(run, next(one for one in run.scenarios if one.name == scenario["name"]))
    assert found == ("mean_ms", "p50_ms", "hit_rate", "stale_rate")


def test_cold_and_natural_expiry_never_share_a_table() -> None:
    """Each under its own heading, with the words that keep them apart."""
    text = summary_of("ladder")
    cold, natural = text.index("## Cold"), text.index("## Natural expiry")
    assert "| naive |" in text[cold:natural]
    assert "worst epoch" not in text[cold:natural]
    assert "Not to be compared with what was dropped." in page_of("ladder")


def test_an_unknown_figure_is_a_dash_with_its_reason() -> None:
    """The reason of the trial, once, as a footnote."""
    result = drawn()
    for trial in result["trials"]:
        if trial["scenario"] == "memory":
            del trial["figures"]["cache_bytes"]
            trial["unknown"]["cache_bytes"] = "not known on a shared store"
    for figures in result["summary"]["memory"].values():
        del figures["cache_bytes"]
    for name, text in everything(result).items():
        flat = words(text) if name == "html" else " ".join(text.split())
        assert flat.count("Not known on a shared store.") == 1, name
        assert "–" in flat, name  # noqa: RUF001


def test_a_figure_that_some_repeats_lack_says_so() -> None:
    """As the knee of a ramp that ended first."""
    result = drawn()
    result["summary"]["memory"]["naive"]["keys"]["valid"] = 3
    result["trials"][0]["unknown"] = {}
    assert "Known in 3 of 5 valid repeats." in words(html(result))


def test_errors_are_shown_even_where_the_scenario_does_not_list_them() -> None:
    """A figure made of failures must not look like one of answers."""
    result = drawn()
    result["summary"]["browse-low"]["naive"]["errors"] = {
        "median": 7, "least": 6, "most": 9, "valid": 5, "of": 5,
    }  # fmt: skip
    assert "requests that failed" in summary(result).split("## Cold")[0]


@pytest.mark.parametrize("kind", ["run", "ladder", "mistakes", "quick"])
@pytest.mark.parametrize("columns", [60, 80, 100, 200])
def test_no_line_is_wider_than_a_hundred_columns(kind: str, columns: int) -> None:
    """Nor wider than the console."""
    lines = terminal(drawn(kind), columns).splitlines()
    assert max(map(len, lines)) <= min(columns, 100)


def test_requests_are_split_by_cache_status() -> None:
    """Beneath each scenario's table, of the median repeat."""
    assert "900 · 2.10 ms · 6.30 ms" in words(page_of())
