"""The table on the terminal, within 100 columns."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.result import Line, Result
from benchmarks.words import DASH, short, shortest, spread, title, verdict

WIDTH = 100
TITLE, GOAL, CORRAL, OTHER = 26, 7, 20, 8


def show(result: Result, console: Console) -> None:
    """All rows; Corral with its spread and verdict, the others by their median."""
    others = [key for key in result["titles"] if key != "corral" and key not in result["narrow"]]
    _print(console, [["", "goal", "  Corral", *(result["briefs"][key] for key in others)]])
    for part in result["parts"]:
        console.print(Text(part["title"], style="bold"))
        rows: list[list[str | Text]] = []
        for line in part["lines"]:
            cells = [shortest(line, line["figures"][key]) for key in others]
            rows.append([f"  {title(line)}", line["goal"], _corral(line), *cells])
        _print(console, rows)


def _print(console: Console, rows: Sequence[Sequence[str | Text]]) -> None:
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, show_header=False)
    table.add_column(width=TITLE, no_wrap=True)
    table.add_column(width=GOAL, justify="right", no_wrap=True)
    table.add_column(width=CORRAL, no_wrap=True)
    for _ in rows[0][3:]:
        table.add_column(width=OTHER, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _corral(line: Line) -> Text:
    figure = line["figures"].get("corral")
    if figure is None:
        return Text(DASH)
    mark, _, by = verdict(line, figure).partition(" ")
    words = Text(f"{mark or ' '} ", style="red" if figure["met"] is False else "green")
    words.append(short(line, figure).replace(" of ", "/"), style="default")
    if by:
        words.append(f" ({by})", style="red")
    elif between := spread(line, figure):
        words.append(f" ({between})", style="dim")
    return words
