"""The before/after table, the goals and the conditions on a terminal, within 100 columns."""

from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.table import Table as RichTable
from rich.text import Text

from loadtests.report.measures import table
from loadtests.report.palette import HUES
from loadtests.report.reading import Result, is_valid
from loadtests.report.table import CLAIM_NOTE, Cell, Row, Table
from loadtests.report.units import UNKNOWN
from loadtests.report.verdict import (
    INVALID_USE,
    MARKS,
    NO_VERDICT,
    Judged,
    broken_conditions,
    conditions_line,
    headline,
    judged,
)

WIDTH = 100

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_INTRODUCTION = (
    "The same traffic for three strategies: naive, the article's before; article, its six fixes; "
    "layered, Corral's own."
)
_SHORT_ROLES = {"naive": "before", "article": "six fixes", "layered": "ours"}
_GOAL_STYLES = {"met": "green", "missed": "bold red", "open": "yellow"}


def render(result: Result, console: Console) -> None:
    """Print the report. Lines are at most 100 columns wide, fewer if the console has fewer."""
    width = min(WIDTH, console.width)
    if not is_valid(result):
        console.print(_alarm(result), width=width)
    console.print(Text(_INTRODUCTION, style="dim"), width=width)
    console.print()
    found = table(result)
    console.print(_rich_table(found), width=width)
    for number, note in enumerate(found.notes, start=1):
        console.print(_hanging(_superscript((number,)), note, "dim"), width=width)
    console.print(_hanging("†", CLAIM_NOTE, "dim"), width=width)
    console.print()
    console.print(Text(headline(result), style="bold" if is_valid(result) else "bold red"))
    console.print(_goals(result), width=width)
    console.print()
    console.print(Text(f"Conditions: {conditions_line(result)}", style="dim"), width=width)


INTRODUCTION = (
    "The same traffic for three strategies: naive, the article's before; article, its six fixes; "
    "layered, Corral's own."
)


def _alarm(result: Result) -> Panel:
    lines = [f"• {why}" for why in broken_conditions(result)]
    body = Text("\n".join([*lines, INVALID_USE]))
    return Panel(body, title=f"[bold]{NO_VERDICT}[/]", border_style="bold red", padding=(0, 1))


def _rich_table(found: Table) -> RichTable:
    grid = RichTable(box=box.HORIZONTALS, show_edge=False, pad_edge=False, padding=(0, 1, 0, 1))
    grid.add_column(Text("before and after"), width=27, vertical="bottom")
    for name, role in _SHORT_ROLES.items():
        header = Text.assemble((name, f"bold {HUES[name]}"), "\n", (role, "dim"))
        grid.add_column(header, justify="right", width=10)
    grid.add_column(Text("naive →\nlayered"), justify="right", width=12)
    grid.add_column(Text("the article\nsaid †", style="italic"), justify="right", width=20)
    for section in found.sections:
        grid.add_section()
        grid.add_row(Text(section.title, style="bold"))
        for row in section.rows:
            grid.add_row(*_cells(row))
    return grid


def _cells(row: Row) -> list[Text]:
    label = Text("  ").append_text(_text(row.label))
    change = Text(f"{row.change} worse", style="yellow") if row.worse else Text(row.change)
    return [label, *map(_text, row.cells), change, Text(row.claim, style="italic dim")]


def _text(cell: Cell) -> Text:
    return Text.assemble(cell.text, (_superscript(cell.notes), "dim"))


def _superscript(notes: tuple[int, ...]) -> str:
    return " ".join(str(note).translate(_SUPERSCRIPTS) for note in notes)


def _goals(result: Result) -> RichTable:
    grid = RichTable(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    grid.add_column("", width=1)
    grid.add_column("", width=8)
    grid.add_column("goal", width=54)
    grid.add_column("measured", justify="right", width=12)
    grid.add_column("the mark", justify="right", width=12)
    for goal in judged(result):
        style = _GOAL_STYLES[goal.outcome]
        mark, said = Text(MARKS[goal.outcome], style=style), _said(goal)
        grid.add_row(mark, goal.strategy, said, goal.measured or UNKNOWN, goal.limit or UNKNOWN)
    return grid


def _said(goal: Judged) -> Text:
    if goal.outcome == "met":
        return Text(goal.text)
    word = "missed" if goal.outcome == "missed" else "no verdict"
    style = _GOAL_STYLES[goal.outcome]
    return Text.assemble((f"{word}: ", style), goal.text, (f" – {goal.finding}", style))  # noqa: RUF001


def _hanging(mark: str, body: str | Text, style: str) -> RichTable:
    grid = RichTable.grid(padding=(0, 1))
    grid.add_column(width=2, justify="right", style=style)
    grid.add_column(overflow="fold")
    grid.add_row(Text(mark), body if isinstance(body, Text) else Text(body, style=style))
    return grid
