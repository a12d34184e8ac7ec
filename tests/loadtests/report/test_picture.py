"""The picture for the README."""

import re
from xml.etree import ElementTree

import pytest

from loadtests.report.picture import picture

from .made_up import Change, drawn, hostile, invalid, nulls, partly

NAMESPACE = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("change", [None, invalid, partly, hostile])
def test_it_is_a_small_svg_of_its_own(change: Change) -> None:
    """Well-formed, in SVG's namespace, under 60 KB."""
    text = picture(drawn(change))
    assert f"{NAMESPACE}svg" == ElementTree.fromstring(text).tag
    assert len(text.encode()) < 60_000


def test_it_is_drawn_when_nothing_is_known() -> None:
    """Four measures of three strategies, each a dash."""
    root = ElementTree.fromstring(picture(nulls(drawn())))
    assert [node.text for node in root.iter(f"{NAMESPACE}text")].count("–") == 12  # noqa: RUF001


def test_bars_are_as_long_as_their_figures() -> None:
    """Layered's 9.9 MB are 16 % of naive's 61.2, and so is its bar."""
    root = ElementTree.fromstring(picture(drawn()))
    widths = [
        float(node.get("width", "0"))
        for node in root.iter(f"{NAMESPACE}rect")
        if node.get("class") in {"naive", "article", "layered"}
    ]
    assert len(widths) == 12
    assert pytest.approx(widths[2] / widths[0], abs=0.01) == 9_900_000 / 61_234_000


def test_it_fetches_nothing() -> None:
    """The only address in it is the namespace."""
    text = picture(drawn())
    assert re.findall(r"https?://[^\"'\s)]+", text) == ["http://www.w3.org/2000/svg"]
    assert "script" not in text


def test_the_articles_claim_is_called_one() -> None:
    """32 to 9 GB stand behind the words that say whose they are."""
    assert re.search(r"The article claims for its own system: 32 GB → 9 GB", picture(drawn()))
