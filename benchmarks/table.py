"""The table on the terminal, within 100 columns."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.result import Line, Result
from benchmarks.words import DASH, short, spread, title, verdict

WIDTH = 100


def show(result: Result, console: Console) -> None:
    """All rows; Corral with its spread and verdict, the others by their median."""
    others = [key for key in result["titles"] if key != "corral" and key not in result["narrow"]]
    table = Table(box=None, padding=(0, 1, 0, 0), width=WIDTH, pad_edge=False)
    table.add_column("", ratio=1)
    table.add_column("goal", justify="right", no_wrap=True)
    table.add_column("Corral", justify="left", no_wrap=True)
    for key in others:
        table.add_column(result["titles"][key], justify="right", no_wrap=True)
    for part in result["parts"]:
        table.add_row(Text(part["title"], style="bold"))
        for line in part["lines"]:
            cells = [short(line, line["figures"][key]) for key in others]
            table.add_row(f"  {title(line)}", line["goal"], _corral(line), *cells)
    console.print(table)


def _corral(line: Line) -> Text:
    figure = line["figures"].get("corral")
    if figure is None:
        return Text(DASH)
    said = verdict(line, figure)
    mark, _, by = said.partition(" ")
    words = Text(f"{mark or ' '} ", style="red" if figure["met"] is False else "green")
    words.append(short(line, figure), style="default")
    if by:
        words.append(f" ({by})", style="red")
    elif between := spread(line, figure):
        words.append(f" ({between})", style="dim")
    return words
