"""The pages of reference: flows, glossary and keys say what the code says."""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from service.keys import KINDS, Kind
from service.strategies.ladder import LADDER
from service.strategies.layered import LAYERED
from service.strategies.mistakes import MISTAKES
from service.strategies.pieces import PIECES, changed
from tests.shelf_pages import PATTERNS, ROOT

DOCS = ROOT / "docs"
LINK = re.compile(r"\[`?([^\]`]+)`?\]\(([^)#]+)\)")
# The words that names in the code are made of.
TERMS = {
    "load", "fill", "invalidate", "expire", "evict", "refresh", "stampede", "jitter", "tombstone",
    "token", "keyset pagination", "push, pull", "skeleton, hydrate, present", "layer",
}  # fmt: skip


def names_in(path: Path) -> set[str]:
    """Functions and classes of a file, methods as `Class.method` as well."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{part.name}" for part in node.body if hasattr(part, "name")}
    return names


def unknown_calls(page: Path) -> Iterator[str]:
    """Each `name()` on a page that is not defined in the file linked last before it."""
    file: Path | None = None
    for text, target, call in re.findall(
        r"\[([^\]]+)\]\(([^)#]+)\)|`([\w.]+)\(\)`", page.read_text(encoding="utf-8")
    ):
        if text:
            file = (page.parent / target).resolve()
        elif file is None or file.suffix != ".py" or call not in names_in(file):
            yield f"{call}() is not in {file}"


def unknown_names(page: Path) -> Iterator[str]:
    """Each linked `name` on a page that does not occur in the file it links to."""
    for name, target in LINK.findall(page.read_text(encoding="utf-8")):
        if target.endswith(".py") and not name.endswith((".py", "/")):
            text = (page.parent / target).read_text(encoding="utf-8")
            if not re.search(rf"\b{re.escape(name)}\b", text):
                yield f"{name} is not in {target}"


def test_flows_name_what_is_there() -> None:
    """Every function of a step is defined in the file that the step links to."""
    page = DOCS / "flows.md"
    assert list(unknown_calls(page)) == []
    assert len(re.findall(r"`[\w.]+\(\)`", page.read_text(encoding="utf-8"))) > 20


def test_keys_are_those_of_the_code() -> None:
    """Each kind of entry has one row with its key and its life, and no row is left over."""
    text = (DOCS / "keys.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| `([^`]+)` \| .+ \| .+ \| (.+) \| .+ \|$", text, re.M)
    assert sorted(rows) == sorted(
        (kind.name, kind.key("ID"), life_of(kind)) for kind in KINDS.values()
    )


def life_of(kind: Kind) -> str:
    """As a table says it: `10 min, soft 1 min`."""
    lives = [kind.ttl_s, *([] if kind.fresh_s is None else [kind.fresh_s])]
    return ", soft ".join(spoken(life_s) for life_s in lives)


def spoken(seconds: float) -> str:
    """The largest unit that divides it; a day is 24 h, as the article says it."""
    for unit, unit_s in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds % unit_s == 0 and seconds // unit_s > (unit == "d"):
            return f"{seconds // unit_s:.0f} {unit}"
    return f"{seconds:g} s"


def test_channels_are_those_of_the_code() -> None:
    """What the composition root names is what the page says."""
    named = re.findall(r'channel="([^"]+)"', (ROOT / "service" / "process.py").read_text())
    text = (DOCS / "keys.md").read_text(encoding="utf-8")
    assert named
    assert [name for name in named if f"| `{name}` |" not in text] == []


def test_lives_are_spoken_as_people_do() -> None:
    """Seconds, minutes, hours, and days where there are several."""
    said = [spoken(life_s) for life_s in (30, 90, 300, 3600, 86400, 30 * 86400)]
    assert said == ["30 s", "90 s", "5 min", "1 h", "24 h", "30 d"]


def test_the_glossary_names_what_is_there() -> None:
    """Every identifier is in the file it links to."""
    assert list(unknown_names(DOCS / "glossary.md")) == []


def test_the_glossary_has_every_term() -> None:
    """Those of the shelf link to their page; each has one sentence, and says where it is used."""
    text = (DOCS / "glossary.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| (.+) \| (.+?) \|$", text, flags=re.MULTILINE)
    rows = [row for row in rows if row[0] not in {"Term", "---"}]
    terms = {re.sub(r"\[(.+)\]\(.+\)", r"\1", term) for term, _, _ in rows}
    assert TERMS - terms == set()
    assert [name for name in PATTERNS if f"](patterns/{name}.md)" not in text] == []
    poor = [row for row in rows if not row[1].endswith(".") or "](" not in row[2]]
    assert poor == []
    assert len(rows) == len(terms)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a](../code.py) `run()` and `Flow.step()`", []),
        ("`run()` before any link", ["run() is not in None"]),
        ("[a](../code.py) `walk()`", ["walk() is not in {root}/code.py"]),
        ("[a](../code.py) [b](page.md) `run()`", ["run() is not in {root}/docs/page.md"]),
    ],
)
def test_a_wrong_flow_is_caught(text: str, said: list[str], tmp_path: Path) -> None:
    """A name that has moved, or was never there."""
    (tmp_path / "code.py").write_text("def run(): ...\nclass Flow:\n    def step(self): ...\n")
    page = tmp_path / "docs" / "page.md"
    page.parent.mkdir()
    page.write_text(text)
    assert list(unknown_calls(page)) == [line.format(root=tmp_path) for line in said]


def test_a_wrong_name_is_caught(tmp_path: Path) -> None:
    """In a link's text; names of files are no names of code."""
    (tmp_path / "code.py").write_text("class Flow: ...\n")
    page = tmp_path / "page.md"
    page.write_text("[`Flow`](code.py) [`Flows`](code.py) [`code.py`](code.py) [`x/`](y/)")
    assert list(unknown_names(page)) == ["Flows is not in code.py"]


def test_the_page_of_strategies_has_all_of_them() -> None:
    """Each step, mistake and field in a row of its own, as the code has it."""
    text = (DOCS / "strategies.md").read_text(encoding="utf-8")
    rows = [row.split(" | ") for row in re.findall(r"^\| (`.+) \|$", text, re.M)]
    steps = [[f"`{rung.plan.name}`", rung.why] for rung in LADDER]
    mistakes = [
        [f"`{each.name}`", f"`{field}={piece}`", each.symptom, each.scenario]
        for each in MISTAKES
        for field, piece in changed(each.plan, LAYERED)
    ]
    pieces = [[f"`{field}`", ", ".join(f"`{name}`" for name in PIECES[field])] for field in PIECES]
    assert [[row[0], row[-1]] for row in rows[: len(steps)]] == steps
    assert rows[len(steps) :][: len(mistakes)] == mistakes
    assert [row[:2] for row in rows[len(steps) + len(mistakes) :]] == pieces


def test_the_page_of_strategies_tells_each_step() -> None:
    """The fields that it changes; of the last step, which changes most, whose they are."""
    text = (DOCS / "strategies.md").read_text(encoding="utf-8")
    for before, rung in pairwise(LADDER[:-1]):
        told = ", ".join(f"`{field}={piece}`" for field, piece in changed(rung.plan, before.plan))
        assert f"| `{rung.plan.name}` | {told} |" in text
