"""Mistakes: the changed field, its symptom, and whether it was seen."""

from loadtests.report.trials.mistakes import mistakes
from loadtests.report.trials.read import read
from loadtests.trials.spread import summarize

from .drawing import all_of, html, page_of, tree, words
from .made_up import drawn


def test_each_mistake_stands_with_both_figures() -> None:
    """Field, scenario, the telling figure without and with it, and seen."""
    for name, text in all_of("mistakes").items():
        flat = words(text) if name == "html" else text
        assert "3 of 3 mistakes are seen beyond the spread of the repeats." in flat, name
        assert "cache" in flat, name
        assert "loads of the hot" in flat, name


def test_a_mistake_within_the_spread_is_not_seen() -> None:
    """Whatever the medians say."""
    result = drawn("mistakes")
    for trial in result["trials"]:
        if trial["subject"] == "layered.no-jitter":
            trial["figures"]["loads"] = 1.0
    result["summary"] = summarize(result["trials"])
    found = {one.subject.name: one.seen for one in mistakes(read(result))}
    assert found["layered.no-jitter"] == "not seen"
    assert found["layered.cache-aside"] == "seen"
    assert "not seen: layered.no-jitter" in words(html(result))


def test_better_than_layered_is_not_seen_either() -> None:
    """A symptom is something that got worse."""
    result = drawn("mistakes")
    for trial in result["trials"]:
        if trial["subject"] == "layered.json":
            trial["figures"]["mean_ms"] = 1.0
    result["summary"] = summarize(result["trials"])
    found = {one.subject.name: one.seen for one in mistakes(read(result))}
    assert found["layered.json"] == "not seen"


def test_the_figure_and_symptom_that_are_named_are_taken() -> None:
    """A mistake may show in another figure than the scenario's first."""
    result = drawn("mistakes")
    result["subjects"][4].update(
        symptom="more bytes", scenario="browse-low", figure="cpu_ms_per_request"
    )
    found = {one.subject.name: one for one in mistakes(read(result))}["layered.json"]
    assert (found.step.figure, found.symptom) == ("cpu_ms_per_request", "more bytes")


def test_seen_is_a_word_and_not_only_a_colour() -> None:
    """In the last column."""
    root = tree(page_of("mistakes"))
    marks = [n.text for n in root.iter("span") if n.get("class") == "mark"]
    assert marks == ["seen"] * 3
