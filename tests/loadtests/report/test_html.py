"""The page: self-contained, small, well-formed, each picture with its words."""

import re
from xml.etree import ElementTree

import pytest

from loadtests.report.html import page
from loadtests.report.reading import Result

from .made_up import Change, drawn, hostile, invalid, missed, nulls, partly

SVG = "svg"


def tree(text: str) -> ElementTree.Element:
    """The page as XML; the report writes HTML that is both."""
    return ElementTree.fromstring(text)


def pictures(root: ElementTree.Element) -> list[ElementTree.Element]:
    """Every chart of the page."""
    return [node for node in root.iter(SVG) if node.get("role") == "img"]


def test_it_is_small() -> None:
    """Under 300 KB with 500 requests a strategy drawn twice."""
    assert len(page(drawn()).encode()) < 300_000


@pytest.mark.parametrize("change", [None, invalid, partly, missed, hostile])
def test_it_is_well_formed(change: Change) -> None:
    """Every element is closed and every text escaped, whatever the run says."""
    assert tree(page(drawn(change))).tag == "html"


def test_it_is_well_formed_when_nothing_is_known() -> None:
    """Also with nothing to draw."""
    assert pictures(tree(page(nulls(drawn())))) == []


def test_it_fetches_nothing_and_runs_nothing() -> None:
    """No script, no handler, no link out: only references into the page itself."""
    text = page(drawn())
    root = tree(text)
    tags = {node.tag for node in root.iter()}
    assert not tags & {"script", "link", "img", "iframe", "object", "image", "a", "base"}
    names = {name for node in root.iter() for name in node.attrib}
    assert not [name for name in names if name.startswith("on")]
    assert "://" not in text
    assert "@import" not in text
    references = re.findall(r'url\(([^)]*)\)|href="([^"]*)"', text)
    assert references
    assert all((style or link).startswith("#") for style, link in references)


def test_every_reference_has_its_definition() -> None:
    """Patterns and markers that charts use are in the page."""
    text = page(drawn())
    identifiers = set(re.findall(r' id="([^"]+)"', text))
    used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', text))
    assert used <= identifiers


def test_every_picture_has_words() -> None:
    """A chart is an image with a label, in a figure with a sentence."""
    root = tree(page(drawn()))
    figures = list(root.iter("figure"))
    inside = [picture for figure in figures for picture in pictures(figure)]
    assert len(pictures(root)) == len(inside)
    assert len(inside) == 6 + 6 + 2 + 1
    assert all(len(picture.get("aria-label", "")) > 20 for picture in inside)
    for figure in figures:
        caption = figure.find("figcaption")
        assert caption is not None
        assert len("".join(caption.itertext())) > 40


def test_the_sentence_of_the_stampede_is_made_of_its_figures() -> None:
    """Other loads, another sentence."""
    assert "500 readers: 474 identical queries at naive, 1 at article and 1 at layered." in page(
        drawn()
    )

    def other(result: Result) -> None:
        result["strategies"]["article"]["stampede"]["loads"] = 17

    assert "474 identical queries at naive, 17 at article" in page(drawn(other))


def test_every_request_of_the_stampede_is_drawn() -> None:
    """As many bars as requests, in the close-up as in the whole."""
    root = tree(page(drawn()))
    lanes = [node for node in root.iter("div") if node.get("class") == "lane"]
    assert len(lanes) == 3
    for lane in lanes:
        for chart in pictures(lane):
            bars = [
                path.get("d", "").count("M")
                for path in chart.iter("path")
                if path.get("class", "").startswith("kind-")
            ]
            assert sum(bars) == 500


def test_sections_stand_in_their_order() -> None:
    """Verdict, table, stampede, latency, curves, rates, environment."""
    text = page(drawn())
    order = [
        "12 of 12 goals met.",
        "Before and after</h2>",
        "The stampede, request by request",
        "Latency over time",
        "Latency, percentile by percentile",
        "Planned against achieved",
        "Where it ran, and how to repeat it",
    ]
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_the_command_to_repeat_it_is_there() -> None:
    """As it was typed."""
    result = drawn()
    assert result["command"] in page(result)
