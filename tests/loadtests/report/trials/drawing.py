"""What the renderers make of a run of trials, as text."""

from collections.abc import Mapping
from functools import cache
from io import StringIO
from xml.etree import ElementTree

from rich.console import Console

from loadtests.report.reading import Result
from loadtests.report.trials import markdown, render
from loadtests.report.trials.page import page
from loadtests.report.trials.read import read

from .made_up import drawn


def terminal(result: Result, columns: int = 100) -> str:
    """What `render` prints on a console of so many columns."""
    out = StringIO()
    render(result, Console(file=out, width=columns))
    return out.getvalue()


def summary(result: Result) -> str:
    """The Markdown."""
    return markdown.summary(read(result))


def html(result: Result) -> str:
    """The page."""
    return page(read(result))


def everything(result: Result) -> dict[str, str]:
    """Each of the three, by name."""
    return {"terminal": terminal(result), "markdown": summary(result), "html": html(result)}


@cache
def page_of(kind: str = "run") -> str:
    """The page of a whole valid run, drawn once for all tests."""
    return html(drawn(kind))


@cache
def summary_of(kind: str = "run") -> str:
    """Its Markdown."""
    return summary(drawn(kind))


@cache
def all_of(kind: str = "run") -> Mapping[str, str]:
    """All three."""
    texts = {"markdown": summary_of(kind), "html": page_of(kind)}
    return {"terminal": terminal(drawn(kind)), **texts}


def tree(text: str) -> ElementTree.Element:
    """The page as XML; the report writes HTML that is both."""
    return ElementTree.fromstring(text)


def words(text: str) -> str:
    """What a reader reads of a page, on one line."""
    return " ".join("".join(_without_style(tree(text))).replace("\u00a0", " ").split())


def _without_style(node: ElementTree.Element) -> list[str]:
    if node.tag == "style":
        return []
    inside = [part for child in node for part in [*_without_style(child), child.tail or ""]]
    return [node.text or "", *inside, " "]
