"""The report of a run of trials: terminal, HTML, Markdown and pictures, from its file."""

from pathlib import Path

from rich.console import Console

from loadtests.report.reading import Result
from loadtests.report.trials import markdown, terminal
from loadtests.report.trials.page import page
from loadtests.report.trials.pictures import pictures
from loadtests.report.trials.read import read


def write(trials: Result, out: Path) -> None:
    """Write report.html, summary.md and the run's pictures into `out`, made if absent."""
    run = read(trials)
    out.mkdir(parents=True, exist_ok=True)
    files = {"report.html": page(run), "summary.md": markdown.summary(run), **pictures(run)}
    for name, text in files.items():
        (out / name).write_text(text, encoding="utf-8")


def render(trials: Result, console: Console) -> None:
    """Print the report, at most 100 columns wide."""
    terminal.render(read(trials), console)
