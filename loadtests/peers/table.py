"""A run in the terminal, within 100 columns."""

from typing import Any

from rich.console import Console
from rich.table import Table

from loadtests.peers.cells import how, left_out, tables
from loadtests.peers.result import Result
from loadtests.peers.verdicts import figure, limit, mark, undecided

WIDTH = 100
COLOURS = {"✓": "green", "✗": "red", "?": "yellow"}
WORDS = 300
MOST_MISSING = 8


def show(result: Result, console: Console) -> None:
    """Tables, goals, and what the figures rest on."""
    if not console.is_terminal:  # a log is as wide as it needs to be
        console = Console(file=console.file, width=WIDTH)
    for table in tables(result):
        shown = Table(title=table.title, title_justify="left", width=WIDTH)
        for number, column in enumerate(table.columns):
            side: Any = {"justify": "right", "overflow": "fold"} if number else {"no_wrap": True}
            shown.add_column(column, **side)
        for row in table.rows:
            shown.add_row(*row)
        console.print(shown)
        console.print(table.note, style="dim", width=WIDTH, highlight=False)
    console.print(_goals(result))
    for line in undecided(result):
        console.print(line[:WORDS], style="yellow", width=WIDTH, markup=False, highlight=False)
    for sentence in how(result):
        console.print(sentence, width=WIDTH, highlight=False)
    missing = left_out(result)
    for line in missing[:MOST_MISSING]:
        words = f"Not measured: {line[:WORDS]}"
        console.print(words, style="yellow", width=WIDTH, markup=False, highlight=False)
    if len(missing) > MOST_MISSING:
        console.print(f"... and {len(missing) - MOST_MISSING} more: summary.md", style="yellow")


def _goals(result: Result) -> Table:
    shown = Table(title="Goals", title_justify="left", width=WIDTH)
    for column in ("", "work", "measured", "goal", "best seen elsewhere"):
        shown.add_column(column)
    for goal in result["goals"]:
        sign = mark(goal)
        shown.add_row(
            f"[{COLOURS[sign]}]{sign}[/]", goal["title"], figure(goal), limit(goal),
            goal["elsewhere"],
        )  # fmt: skip
    return shown
