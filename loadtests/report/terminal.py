"""The before/after table, the goals and the conditions on a terminal, within 100 columns."""

from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.table import Table as RichTable
from rich.text import Text

from loadtests.report.foundations import how_many_broke
from loadtests.report.measures import table
from loadtests.report.palette import LOOKS
from loadtests.report.reading import Result, state
from loadtests.report.table import CLAIM_NOTE, Cell, Row, Table
from loadtests.report.units import UNKNOWN
from loadtests.report.verdict import (
    INVALID_USE,
    MARKS,
    NO_VERDICT,
    PARTLY_USE,
    Judged,
    broken_conditions,
    conditions_line,
    headline,
    judged,
)

WIDTH = 100
NARROW = f"a column of its own from {WIDTH} columns on"

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_INTRODUCTION = (
    "The same traffic for three strategies: naive, the article's before; article, its six fixes; "
    "layered, Corral's own."
)
_SHORT_ROLES = {"naive": "before", "article": "six fixes", "layered": "ours"}
_GOAL_STYLES = {"met": "green", "missed": "bold red", "open": "yellow"}


def render(result: Result, console: Console) -> None:
    """Print the report, at most 100 columns wide; below that the claims stand under the table."""
    width = min(WIDTH, console.width)
    held = state(result)
    if held == "invalid":
        console.print(_alarm(result), width=width)
    console.print(Text(_INTRODUCTION, style="dim"), width=width)
    console.print()
    _print_table(table(result), console, width)
    console.print()
    console.print(
        Text(headline(result), style="bold red" if held == "invalid" else "bold"), width=width
    )
    if goals := judged(result):
        console.print(goals_grid(goals), width=width)
    if held == "partly":
        _print_broken(result, console, width)
    console.print()
    console.print(Text(f"Conditions: {conditions_line(result)}", style="dim"), width=width)


def _print_broken(result: Result, console: Console, width: int) -> None:
    console.print()
    console.print(Text(f"{how_many_broke(result)}. {PARTLY_USE}"), width=width)
    for fault in broken_conditions(result):
        console.print(hanging("•", fault), width=width)


def _print_table(found: Table, console: Console, width: int) -> None:
    with_claims = width >= WIDTH
    console.print(_rich_table(found, with_claims=with_claims), width=width)
    for number, note in enumerate(found.notes, start=1):
        console.print(hanging(superscript((number,)), note), width=width)
    said = "" if with_claims else f"The article said ({NARROW}): {_claims(found)}. "
    console.print(hanging("†", f"{said}{CLAIM_NOTE}"), width=width)


def _claims(found: Table) -> str:
    rows = [row for section in found.sections for row in section.rows if row.claim]
    return ", ".join(f"{row.label.text.lower()} {row.claim}" for row in rows)


def _alarm(result: Result) -> Panel:
    lines = [f"• {why}" for why in broken_conditions(result)]
    body = Text("\n".join([*lines, INVALID_USE]))
    return Panel(body, title=f"[bold]{NO_VERDICT}[/]", border_style="bold red", padding=(0, 1))


def _rich_table(found: Table, *, with_claims: bool) -> RichTable:
    grid = RichTable(box=box.HORIZONTALS, show_edge=False, pad_edge=False, padding=(0, 1))
    grid.add_column(Text("\nbefore and after"), width=27, vertical="top")
    for name, role in _SHORT_ROLES.items():
        header = Text.assemble((name, f"bold {LOOKS[name].light}"), "\n", (role, "dim"))
        grid.add_column(header, justify="right", width=10)
    grid.add_column(Text("naive →\nlayered"), justify="right", width=11)
    if with_claims:
        title = Text("the article\nsaid †", style="italic")
        grid.add_column(title, justify="right", width=WIDTH - 27 - 3 * 10 - 11 - 5 * 2)
    for section in found.sections:
        grid.add_section()
        grid.add_row(Text(section.title, style="bold"))
        for row in section.rows:
            grid.add_row(*_cells(row, with_claims=with_claims))
    return grid


def _cells(row: Row, *, with_claims: bool) -> list[Text]:
    label = Text("  ").append_text(_text(row.label))
    change = Text(f"{row.change} worse", style="yellow") if row.worse else Text(row.change)
    claims = [Text(row.claim, style="italic dim")] if with_claims else []
    return [label, *map(_text, row.cells), change, *claims]


def _text(cell: Cell) -> Text:
    return Text.assemble(cell.text, (superscript(cell.notes), "dim"))


def superscript(notes: tuple[int, ...]) -> str:
    """Numbers of footnotes, raised."""
    return " ".join(str(note).translate(_SUPERSCRIPTS) for note in notes)


def goals_grid(goals: list[Judged]) -> RichTable:
    """Every goal with its mark, what was measured and what was wanted."""
    grid = RichTable(box=None, pad_edge=False, padding=(0, 1), header_style="dim", expand=True)
    grid.add_column("", no_wrap=True)
    grid.add_column("", no_wrap=True)
    grid.add_column("goal", ratio=1)
    grid.add_column("measured", justify="right", no_wrap=True)
    grid.add_column("the mark", justify="right", no_wrap=True)
    for goal in goals:
        mark = Text(MARKS[goal.outcome], style=_GOAL_STYLES[goal.outcome])
        figures = goal.measured or UNKNOWN, goal.limit or UNKNOWN
        grid.add_row(mark, goal.strategy, _said(goal), *map(Text, figures))
    return grid


def _said(goal: Judged) -> Text:
    style = _GOAL_STYLES[goal.outcome]
    if goal.outcome == "missed":
        return Text.assemble(("missed: ", style), goal.text, (f" – {goal.finding}", style))  # noqa: RUF001
    if goal.cause:
        return Text.assemble(goal.text, (f" – {goal.cause}", style))  # noqa: RUF001
    return Text(goal.text)


def hanging(mark: str, body: str) -> RichTable:
    """A text behind its mark, its later lines as far in as the first."""
    grid = RichTable.grid(padding=(0, 1))
    grid.add_column(width=2, justify="right", style="dim")
    grid.add_column(overflow="fold")
    grid.add_row(Text(mark), Text(body, style="dim"))
    return grid
