"""The pictures of the races: drawn from their specs, shown on their pages, readable."""

import re
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import pytest

from scripts.race_picture import draw
from scripts.race_spec import LANES, STEPS, TEXT_CHARS, Race, Step, read_race
from tests.shelf_pages import PAGES, PATTERNS, RACES

SECTIONS = (
    "The failure",
    "The race",
    "Before and after",
    "Copy it",
    "When not to",
    "Caveats",
    "Source",
)
GOOD = """
title = "A race"
lanes = ["A", "B"]
[[step]]
from = "A"
to = "B"
text = "GET"
[[step]]
from = "B"
text = "waits"
mark = "bad"
"""


@pytest.mark.parametrize("spec", sorted(RACES.glob("*.toml")), ids=lambda spec: spec.stem)
def test_a_picture_is_what_its_spec_says(spec: Path) -> None:
    """Each is drawn anew by `python -m scripts.draw_races` when its spec changes."""
    assert draw(read_race(spec)) == spec.with_suffix(".svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_has_a_page_with_its_race(name: str) -> None:
    """In words that somebody who sees no picture gets as well."""
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert re.search(rf"!\[[^\]]{{20,}}\]\(races/{name}\.svg\)", text)
    assert f"corral patterns copy {name} --to" in text


@pytest.mark.parametrize("name", PATTERNS)
def test_pages_answer_the_same_questions(name: str) -> None:
    """In the same order, so that who has read one finds their way in all."""
    prose = re.sub(r"^```.*?^```$", "", (PAGES / f"{name}.md").read_text(), flags=re.M | re.S)
    assert re.match(r"# .+\n\n\| \*\*In short\*\* \|\n\| --- \|\n\| .+ \|\n\n## ", prose)
    found = re.findall(r"^## (.+)$", prose, flags=re.M)
    assert tuple(section for section in found if section in SECTIONS) == SECTIONS


def test_the_index_lists_the_shelf() -> None:
    """Each pattern with its page, its file and its tests; what is not there is not listed."""
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[[^\]]+\]\((\w+)\.md\) \|(.*)$", index, flags=re.M)
    assert sorted(name for name, _ in rows) == PATTERNS
    for name, row in rows:
        assert f"(../../service/patterns/{name}" in row
        assert f"(../../tests/patterns/test_{name}" in row


def test_no_picture_is_left_over() -> None:
    """Each has a spec, and a page that shows it."""
    shown = set(re.findall(r"\(races/([\w-]+)\.svg\)", "".join(p.read_text() for p in pages())))
    assert {path.stem for path in RACES.glob("*.svg")} == shown
    assert {path.stem for path in RACES.glob("*.toml")} == shown


def pages() -> list[Path]:
    """What a picture may be shown on."""
    return sorted(PAGES.glob("*.md"))


def test_a_spec_is_read(tmp_path: Path) -> None:
    """Arrows go from lane to lane; a step without `to` stays where it is."""
    spec = tmp_path / "race.toml"
    spec.write_text(GOOD)
    steps = (Step(0, 1, "GET", ""), Step(1, 1, "waits", "bad"))
    assert read_race(spec) == Race("A race", ("A", "B"), steps)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('title = "A race"', "", "`title` must be a text that says something, not None"),
        ('"A race"', f'"{"x" * 61}"', "`title` is 61 characters long, 60 fit"),
        ('["A", "B"]', '["A"]', "a list of 2 to 4 names"),
        ('["A", "B"]', '"AB"', "a list of 2 to 4 names"),
        ('["A", "B"]', '["A", "A", "B"]', "Two lanes have the same name"),
        ('["A", "B"]', '["A", "B", ""]', "a lane must be a text"),
        ('to = "B"', 'to = "C"', "step 1: 'C' is none of the lanes A, B"),
        ('from = "B"\n', "", "step 2: '' is none of the lanes A, B"),
        ('"waits"', f'"{"x" * 35}"', "step 2: `text` is 35 characters long, 34 fit"),
        ('"waits"', '" "', "step 2: `text` must be a text that says something"),
        ('"bad"', '"awful"', "step 2: `mark` is 'awful'"),
        ("mark =", "marked =", "step 2: marked is unknown here"),
        ("lanes =", "lines =", "lines is unknown here"),
        ('[[step]]\nfrom = "B"\ntext = "waits"\nmark = "bad"\n', "", "2 to 14 tables"),
        ("lanes =", "lanes", "race.toml: "),
    ],
)
def test_a_wrong_spec_is_explained(old: str, new: str, why: str, tmp_path: Path) -> None:
    """The file, the step, and what would be right."""
    assert old in GOOD
    spec = tmp_path / "race.toml"
    spec.write_text(GOOD.replace(old, new))
    with pytest.raises(ValueError, match=r"^race\.toml: ") as caught:
        read_race(spec)
    assert why in str(caught.value)


def test_nothing_is_cut_and_nothing_overlaps() -> None:
    """The longest texts, in every direction, have room between the lanes they lie between."""
    longest = "Redis answers: this is version 12."
    assert len(longest) == TEXT_CHARS
    lanes = tuple(f"the reader called {n}" for n in range(LANES[1]))
    ends = [(0, 3), (3, 0), (0, 1), (1, 1), (2, 1), (3, 3), (0, 0), (1, 3), (2, 2)]
    steps = tuple(Step(start, end, longest, "") for start, end in ends)
    picture = ET.fromstring(draw(Race("Wide", lanes, steps)))
    wide, texts, lives = float(picture.attrib["width"]), [], []
    for element in picture.iter():
        if element.get("class") in {"text", "lane"}:
            # 0.5 em a letter: what an ordinary font needs, so a little less than was planned for.
            half = 13 * 0.5 * len(element.text or "") / 2
            middle = float(element.attrib["x"])
            texts.append((element.get("class"), middle - half, middle + half))
        elif element.get("class") == "life":
            lives.append(float(element.attrib["d"].split()[0][1:]))
    assert all(0 < left < right < wide for _, left, right in texts)
    heads = [(left, right) for kind, left, right in texts if kind == "lane"]
    assert all(one[1] < other[0] for one, other in pairwise(heads))
    for kind, left, right in texts:
        # Its own lane is under the box of an action; no other is near any text.
        crossed = [x for x in lives if left - 4 < x < right + 4]
        assert kind == "lane" or crossed in ([], [(left + right) / 2])


def test_marks_are_more_than_colours() -> None:
    """A cross or a tick, and a sentence for who hears the picture; markup is escaped."""
    steps = (Step(0, 1, "a < b & c", "bad"), Step(1, 1, "stops", "good"))
    drawn = draw(Race("A <race>", ("A", "B"), steps))
    picture = ET.fromstring(drawn)
    said = [element.text for element in picture if element.tag.endswith(("title", "desc"))]
    assert said == [
        "A <race>",
        "1. A to B: a < b & c. Here the harm is done. 2. B: stops. Here the protection acts.",
    ]
    assert drawn.count('class="sign"') == 2
    assert draw(Race("A", ("A", "B"), (Step(0, 1, "x", ""),) * STEPS[0])).count('"sign"') == 0


def test_shelf_is_found() -> None:
    """The list of patterns is not short by mistake."""
    assert {"cache_aside", "lease", "near_cache", "bulkhead"} <= set(PATTERNS)
