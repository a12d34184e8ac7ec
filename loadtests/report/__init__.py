"""The report of a before/after run: terminal, HTML, Markdown and a picture, from `result.json`."""

from pathlib import Path
from typing import Any

from loadtests.report.html import page
from loadtests.report.markdown import summary
from loadtests.report.picture import picture
from loadtests.report.terminal import render

__all__ = ["render", "write"]


def write(result: dict[str, Any], out: Path) -> None:
    """Write report.html, summary.md and before-after.svg into `out`, which is made if absent."""
    out.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("report.html", page(result)),
        ("summary.md", summary(result)),
        ("before-after.svg", picture(result)),
    ):
        (out / name).write_text(text, encoding="utf-8")
