"""Trials on a terminal, within 100 columns: what the kind of run is about, goals, conditions."""

from collections.abc import Sequence
from itertools import groupby

from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.table import Table as RichTable
from rich.text import Text

from loadtests.report.table import CLAIM_NOTE, Notes
from loadtests.report.terminal import WIDTH, goals_grid, hanging, superscript
from loadtests.report.trials import claims, ladder_page, mistakes, tables, verdicts
from loadtests.report.trials.cells import Grid, Measured, grid
from loadtests.report.trials.ladder import Measure, changes, is_ladder, measures, steps
from loadtests.report.trials.looks import looks
from loadtests.report.trials.names import short
from loadtests.report.trials.run import TABLES, Run, Subject
from loadtests.report.verdict import INVALID_USE, NO_VERDICT, PARTLY_USE

_NAME, _CELL, _CELLS = 24, 12, 6
_LABEL, _RUNG = 18, 8
_FAULTS_AT_ONCE = 8
_MARKS = {"seen": "green", "not seen": "bold red"}


def render(run: Run, console: Console) -> None:
    """Print the report, at most 100 columns wide."""
    width = min(WIDTH, console.width)
    if quick := verdicts.quickness(run):
        console.print(Text(quick, style="yellow"), width=width)
    if run.state == "invalid":
        console.print(_alarm(run), width=width)
    if is_ladder(run):
        _ladder(run, console, width)
    elif found := mistakes.mistakes(run):
        _mistakes(run, found, console, width)
    else:
        _tables(run, console, width)
    _verdict(run, console, width)
    if run.state != "invalid" and verdicts.faults(run):
        _broken(run, console, width)
    console.print(Text(f"Conditions: {verdicts.conditions_line(run)}", style="dim"), width=width)


def _alarm(run: Run) -> Panel:
    body = Text("\n".join([*(f"• {why}" for why in _faults(run)), INVALID_USE]))
    return Panel(body, title=f"[bold]{NO_VERDICT}[/]", border_style="bold red", padding=(0, 1))


def _faults(run: Run) -> list[str]:
    found = verdicts.faults(run)
    if len(found) <= _FAULTS_AT_ONCE:
        return found
    return [*found[:_FAULTS_AT_ONCE], f"and {len(found) - _FAULTS_AT_ONCE} more in the report"]


def _broken(run: Run, console: Console, width: int) -> None:
    use = PARTLY_USE if run.state == "partly" else "Others were played in their place."
    console.print(Text(f"{verdicts.how_many_broke(run)}. {use}"), width=width)
    for fault in _faults(run):
        console.print(hanging("•", fault), width=width)


def _verdict(run: Run, console: Console, width: int) -> None:
    style = "bold red" if run.state == "invalid" else "bold"
    console.print(Text(verdicts.headline(run), style=style), width=width)
    if goals := verdicts.judged(run):
        console.print(goals_grid(goals), width=width)
    else:
        for said in verdicts.findings(run):
            console.print(hanging("•", said), width=width)
    for said in verdicts.overwhelmed(run):
        console.print(hanging("•", said), width=width)
    console.print()


def _tables(run: Run, console: Console, width: int) -> None:
    notes = Notes()
    for kind in TABLES:
        found = [grid(run, one, notes) for one in run.scenarios if one.table == kind]
        if any(one.lines for one in found):
            console.print(Text(tables.KINDS[kind][0], style="bold"), width=width)
        for one in found:
            if one.lines:
                _scenario(run, one, console, width)
    for number, note in enumerate(notes.texts, start=1):
        console.print(hanging(superscript((number,)), note), width=width)


def _scenario(run: Run, found: Grid, console: Console, width: int) -> None:
    said = f"{found.scenario.name}: {found.scenario.summary}"
    console.print(Text(said, style="dim"), width=width)
    room = max(1, min(_CELLS, (width - _NAME) // _CELL))
    known = looks(run.subjects)
    for first in range(0, max(1, len(found.heads)), room):
        part = slice(first, first + room)
        table = _grid("", list(found.heads[part]))
        for line in found.lines:
            hue = known[line.subject.key].light
            name = Text.assemble(short(line.subject), _repeats(line.valid, line.of), style=hue)
            table.add_row(name, *map(_cell, line.cells[part]))
        console.print(table, width=width)
    console.print()


def _repeats(valid: int, of: int) -> tuple[str, str]:
    return (f" {valid} of {of}" if valid < of else "", "yellow")


def _grid(title: str, heads: list[str]) -> RichTable:
    table = RichTable(box=box.HORIZONTALS, show_edge=False, pad_edge=False, padding=(0, 1))
    table.add_column(title, width=_NAME - 1, overflow="fold")
    for head in heads:
        table.add_column(Text(head, style="dim"), justify="right", width=_CELL - 2)
    return table


def _cell(cell: Measured) -> Text:
    marks = (superscript(cell.notes), "dim")
    return Text.assemble(cell.text, marks, "\n" if cell.spread else "", (cell.bare, "dim"))


def _ladder(run: Run, console: Console, width: int) -> None:
    found = measures(run)
    room = max(1, (width - _LABEL) // (_RUNG + 1))
    for first in range(0, len(run.subjects), room):
        part = run.subjects[first : first + room]
        console.print(_rungs(run, found, part, width), width=width)
    _steps(run, found, console, width)


def _rungs(run: Run, found: list[Measure], part: Sequence[Subject], width: int) -> RichTable:
    table = RichTable(box=box.HORIZONTALS, show_edge=False, pad_edge=False, padding=(0, 0))
    label = min(_NAME, width - len(part) * (_RUNG + 1) - 1)
    table.add_column("", width=label, overflow="fold")
    known = looks(run.subjects)
    for subject in part:
        head = Text(_broken_up(short(subject), _RUNG), style=f"bold {known[subject.key].light}")
        table.add_column(head, justify="right", width=_RUNG, overflow="fold")
    for title, lines in groupby(found, key=lambda one: one.group):
        table.add_section()
        table.add_row(Text(title, style="bold"))
        for one in lines:
            table.add_row(Text(one.label), *(Text(one.text(run, subject)) for subject in part))
    return table


def _broken_up(name: str, width: int) -> str:
    """A long name on several lines, at its hyphens."""
    return name if len(name) <= width else name.replace("-", "-\n").replace("_", "_\n")


def _steps(run: Run, found: list[Measure], console: Console, width: int) -> None:
    console.print()
    for rung in steps(run):
        claim = claims.of_step(rung.after.name, "cache_bytes")
        said = f" The article said of its bytes: {claim}.†" if claim else ""
        told = ladder_page.step_words(rung, changes(run, rung, found))
        console.print(hanging("→", f"{rung.after.name}. {told}{said}"), width=width)
    claimed = ", ".join(f"{one.called} {one.claim}" for one in found if one.claim)
    said = f"The article said: {claimed}. " if claimed else ""
    console.print(hanging("†", f"{said}{CLAIM_NOTE}"), width=width)
    console.print(hanging("", ladder_page.DOLLARS), width=width)
    console.print()


def _mistakes(run: Run, found: list[mistakes.Mistake], console: Console, width: int) -> None:
    table = RichTable(box=box.HORIZONTALS, show_edge=False, pad_edge=False, padding=(0, 1))
    table.add_column("mistake", width=18, overflow="fold")
    table.add_column("scenario, figure", overflow="fold", ratio=1)
    for head in ("without", "with it"):
        table.add_column(head, justify="right", width=12)
    table.add_column("", width=9)
    for one in found:
        about = f"{one.scenario.name}, {run.figure(one.step.figure)['text']}"
        name = Text.assemble(short(one.subject), "\n", (one.changed, "dim"))
        cells = [_cell(cell) for cell in mistakes.both(run, one)]
        seen = Text(one.seen, style=_MARKS.get(one.seen, "yellow"))
        table.add_row(name, Text(about), *cells, seen)
    console.print(table, width=width)
    console.print(Text(mistakes.words(found)), width=width)
    console.print()
