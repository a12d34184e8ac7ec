"""What the renderers make of a result, as text."""

from io import StringIO

from rich.console import Console

from loadtests.report.html import page
from loadtests.report.markdown import summary
from loadtests.report.picture import picture
from loadtests.report.reading import Result
from loadtests.report.terminal import render


def terminal(result: Result, columns: int = 100) -> str:
    """What `render` prints on a console of so many columns."""
    out = StringIO()
    render(result, Console(file=out, width=columns))
    return out.getvalue()


def everything(result: Result) -> dict[str, str]:
    """Each of the four renderings, by name."""
    return {"terminal": terminal(result), **files(result)}


def files(result: Result) -> dict[str, str]:
    """The three that are written."""
    return {"markdown": summary(result), "html": page(result), "picture": picture(result)}


def flat(text: str) -> str:
    """The text on one line, as a reader takes it in."""
    return " ".join(text.replace("\u00a0", " ").split())
