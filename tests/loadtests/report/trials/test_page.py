"""The page: self-contained, small, well-formed, each picture with its words."""

import re
from xml.etree import ElementTree

import pytest

from loadtests.report.palette import LOOKS
from loadtests.report.trials.looks import looks
from loadtests.report.trials.read import read

from . import builder
from .drawing import html, page_of, tree, words
from .made_up import broke, drawn, file_of

KINDS = ("run", "ladder", "mistakes", "quick")


def pictures(root: ElementTree.Element) -> list[ElementTree.Element]:
    """Every chart of the page."""
    return [node for node in root.iter("svg") if node.get("role") == "img"]


@pytest.fixture(scope="module")
def largest() -> str:
    """Nine subjects in sixteen scenarios, five times each."""
    return page_of("largest")


def test_the_largest_is_small(largest: str) -> None:
    """Under 300 KB, by drawing less finely."""
    assert len(largest.encode()) < 300_000
    assert len(pictures(tree(largest))) > 40
    assert " of 9 subjects are drawn." in words(largest)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_well_formed_and_small(kind: str) -> None:
    """Every element is closed, under 300 KB."""
    text = page_of(kind)
    assert tree(text).tag == "html"
    assert len(text.encode()) < 300_000


@pytest.mark.parametrize("kind", KINDS)
def test_it_fetches_nothing_and_runs_nothing(kind: str) -> None:
    """No script, no handler, no link out: only references into the page itself."""
    text = page_of(kind)
    root = tree(text)
    tags = {node.tag for node in root.iter()}
    assert not tags & {"script", "link", "img", "iframe", "object", "image", "a", "base"}
    assert not [name for node in root.iter() for name in node.attrib if name.startswith("on")]
    assert "://" not in text
    assert "@import" not in text
    identifiers = set(re.findall(r' id="([^"]+)"', text))
    used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', text))
    assert used
    assert used <= identifiers


@pytest.mark.parametrize("kind", KINDS)
def test_no_element_of_html_is_cut_short(kind: str) -> None:
    """HTML knows no <dl/>: it would swallow what follows. Shapes and <meta/> may be."""
    result = drawn(kind)
    broke(result)
    short = set(re.findall(r"<(\w+)[^<>]*/>", page_of(kind) + html(result)))
    assert short <= {"meta", "path", "line", "rect", "circle", "use"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_picture_has_words(kind: str) -> None:
    """A chart is an image with a label, in a figure with a sentence."""
    root = tree(page_of(kind))
    figures = list(root.iter("figure"))
    assert len(pictures(root)) == sum(len(pictures(figure)) for figure in figures)
    assert all(len(picture.get("aria-label", "")) > 20 for picture in pictures(root))
    for figure in figures:
        caption = figure.find("figcaption")
        assert caption is not None
        assert len("".join(caption.itertext())) > 30


def test_sections_stand_in_their_order() -> None:
    """Verdict, ladder, tables, stampede, latency, curves, memory, rates, environment."""
    ladder, run = page_of("ladder"), page_of("run")
    usual = [
        "The figures</h2>",
        "The stampede, request by request",
        "Latency over time",
        "Latency, percentile by percentile",
    ]
    end = ["Planned against achieved", "Where it ran, and how to repeat it"]
    for text, order in (
        (ladder, ["4 of 4 goals met.", "The ladder</h2>", *usual, *end]),
        (run, ["it shows:", *usual, "Memory over time, by prefix", *end]),
    ):
        places = [text.index(words) for words in order]
        assert places == sorted(places)


def test_every_subject_has_a_look_of_its_own() -> None:
    """Hue, dash and marker: of twenty subjects no two share all three; known ones keep theirs."""
    names = [*builder.RUNGS, *(f"layered.{n}" for n in range(11))]
    found = looks(read(file_of(builder.run((), names))).subjects)
    assert len(set(found.values())) == 20
    assert [LOOKS["naive"], LOOKS["article"], LOOKS["layered"]] == [
        found[f"s{names.index(name)}"] for name in ("naive", "article", "layered")
    ]


def test_strips_of_a_scenario_share_their_axes() -> None:
    """One picture a scenario, every subject in it, events marked in it once."""
    root = tree(page_of("run"))
    strips = [node for node in root.iter("div") if node.get("class") == "plot strips"]
    assert len(strips) == 2
    named = [
        [node.text for node in one.iter("text") if str(node.get("class")).startswith("named")]
        for one in strips
    ]
    assert named == [["no_cache", "naive", "layered"]] * 2
    said = [node.text for node in strips[1].iter("text") if "note" in str(node.get("class"))]
    assert said == ["cache stopped", "cache back"]


def test_memory_is_drawn_on_the_same_axes_for_all() -> None:
    """The same ticks, whoever holds how much."""
    root = tree(page_of("run"))
    charts = [node for node in root.iter("div") if node.get("class") == "plot areas"]
    ticks = {
        tuple(n.text for n in one.iter("text") if n.get("class") == "tick left") for one in charts
    }
    assert len(charts) == 3
    assert len(ticks) == 1
    assert "most of it trending" in words(page_of("run"))


def test_the_environment_and_the_command_are_there() -> None:
    """With settings of scenarios, what they distort, and the seed."""
    text = words(page_of("ladder"))
    for expected in (
        "python -m loadtests ladder --out reports/ladder",
        "valkey 9.1.2",
        "natural-expiry: CORRAL_TTL_SCALE=20",
        "natural-expiry: TTLs are a twentieth",
        "generated, size medium, seed 1",
    ):
        assert expected in text


def test_who_fell_behind_the_plan_is_said() -> None:
    """Naive at the high rate answered 168 of 610."""
    assert "Behind the plan: naive (−72 %)" in words(page_of("ladder"))  # noqa: RUF001


def test_invalid_trials_are_not_drawn_beside_valid_ones() -> None:
    """What has no valid repeat has no bars, no line and no area."""
    result = drawn()
    broke(result, subject="naive")
    lanes = [n for n in tree(html(result)).iter("div") if n.get("class") == "lane"]
    assert ["no_cache", "layered"] == [lane[0][0].tail for lane in lanes]
