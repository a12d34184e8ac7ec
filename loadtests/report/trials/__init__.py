"""The report of a run of trials: terminal, HTML, Markdown and pictures, from its file."""

from pathlib import Path
from typing import Any

from rich.console import Console

from loadtests.report.trials.page import page
from loadtests.report.trials.read import read


def write(trials: dict[str, Any], out: Path) -> None:
    """Write report.html, summary.md and pictures into `out`, which is made if absent."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.html").write_text(page(read(trials)), encoding="utf-8")


def render(trials: dict[str, Any], console: Console) -> None:
    """Print the report, at most 100 columns wide."""
