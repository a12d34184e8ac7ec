"""Stampedes: one bar a request, on the same axes, with a sentence made of the same figures."""

from xml.etree import ElementTree

from loadtests.report.trials.lanes import scenes, thinned
from loadtests.report.trials.read import read

from .drawing import html, page_of, tree, words
from .made_up import drawn

Bars = list[tuple[float, float, str]]


def bars_in(lane: ElementTree.Element) -> list[int]:
    """How many bars each chart of a lane has."""
    return [
        sum(
            path.get("d", "").count("M")
            for path in chart.iter("path")
            if path.get("class", "").startswith("kind-")
        )
        for chart in lane.iter("svg")
        if chart.get("role") == "img"
    ]


def test_every_request_is_drawn_where_there_is_room() -> None:
    """500 bars in each picture of three subjects."""
    lanes = [n for n in tree(page_of()).iter("div") if n.get("class") == "lane"]
    assert [[500, 500]] * 3 == [bars_in(lane) for lane in lanes]


def test_of_what_is_thinned_the_rare_is_kept() -> None:
    """The one load, among waiters of whom every fifth is drawn."""
    every: Bars = [(n * 0.2, 100.0, "collapsed" if n != 333 else "miss") for n in range(500)]
    found = thinned(every, 100)
    assert 100 <= len(found) <= 101
    assert every[333] in found
    assert sorted(found) == found


def test_what_is_left_out_is_said() -> None:
    """Never in silence."""
    text = words(page_of("ladder"))
    assert " of 500." in text
    assert "Drawn: " in text


def test_all_subjects_share_the_time_axes() -> None:
    """Close up, and whole."""
    scene = scenes(read(drawn()))[0]
    assert {tuple(lane.spans_ms) for lane in scene.lanes} == {tuple(scene.spans_ms)}
    assert max(lane.event.end_ms for lane in scene.lanes) <= scene.spans_ms[-1]


def test_the_sentence_is_made_of_the_median_repeat() -> None:
    """Loads and the last answer of what is drawn; other data, another sentence."""
    result = drawn()
    assert "layered: 1 load, 500 answers within" in words(html(result))
    for trial in result["trials"]:
        if trial["scenario"] == "stampede" and trial["subject"] == "layered":
            trial["drawing"]["loads_timeline"] = [[1.0, 95.0], [2.0, 99.0]]
    text = words(html(result))
    assert "layered: 2 loads, 500 answers within" in text
    assert "2 at once" in text
