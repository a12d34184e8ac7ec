"""`summary.md`: the before/after table, the goals and the conditions, to paste anywhere."""

from html import escape

from loadtests.report.foundations import how_many_broke
from loadtests.report.measures import table
from loadtests.report.reading import ROLES, STRATEGIES, Result, state, text
from loadtests.report.table import CLAIM_NOTE, Cell, Row, Table
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
    moment,
)

_WORDS = {"met": "", "missed": "**missed:** ", "open": "**no verdict:** "}


def summary(result: Result) -> str:
    """The Markdown document; every text of the result is escaped in it."""
    found = table(result)
    parts = [
        "# Corral, before and after",
        _alarm(result),
        _grid(found),
        _notes(found),
        f"**{escaped(headline(result))}**" if state(result) != "invalid" else "",
        "\n".join(goal_line(goal) for goal in judged(result)),
        _broken(result),
        f"Conditions: {escaped(conditions_line(result))}.",
        origin(result),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _alarm(result: Result) -> str:
    if state(result) != "invalid":
        return ""
    return f"> **{NO_VERDICT}**\n>\n{_reasons(result)}\n>\n> {INVALID_USE}"


def _broken(result: Result) -> str:
    if state(result) != "partly":
        return ""
    return f"> {how_many_broke(result)}. {PARTLY_USE}\n>\n{_reasons(result)}"


def _reasons(result: Result) -> str:
    return "\n".join(f"> - {escaped(why)}" for why in broken_conditions(result))


def _grid(found: Table) -> str:
    names = " | ".join(f"{name}<br>{ROLES[name]}" for name in STRATEGIES)
    lines = [
        f"| | {names} | naive → layered | *the article said* † |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for section in found.sections:
        lines.append(f"| **{escaped(section.title)}** | | | | | |")
        lines += [_row(row) for row in section.rows]
    return "\n".join(lines)


def _row(row: Row) -> str:
    cells = " | ".join(map(_cell, row.cells))
    change = f"{row.change}, worse" if row.worse else row.change
    claim = f"*{escaped(row.claim)}*" if row.claim else ""
    return f"| {_cell(row.label)} | {cells} | {escaped(change)} | {claim} |"


def _cell(cell: Cell) -> str:
    marks = ",".join(map(str, cell.notes))
    return escaped(cell.text) + (f"<sup>{marks}</sup>" if marks else "")


def _notes(found: Table) -> str:
    lines = [f"<sup>{n}</sup> {escaped(note)}" for n, note in enumerate(found.notes, start=1)]
    return "  \n".join([*lines, f"† {CLAIM_NOTE}"])


def goal_line(goal: Judged) -> str:
    """A goal as an item of a list."""
    owner = f"{goal.strategy}: " if goal.strategy else ""
    said = f"{_WORDS[goal.outcome]}{escaped(owner + goal.text)}; {escaped(goal.finding)}"
    return f"- {MARKS[goal.outcome]} {said}"


def origin(result: Result) -> str:
    """When and by which command it was measured."""
    # Inside a code span nothing is escaped, and nothing but a back quote could end it.
    command = " ".join(text(result, "command").replace("`", "'").split())
    again = f", by `{command}`" if command else ""
    return f"Measured {escaped(moment(result))}{again}."


def escaped(text: str) -> str:
    """The text on one line, as Markdown prints it."""
    safe = escape(text, quote=False)
    for sign in ("\\", "`", "*", "_", "[", "]", "|"):
        safe = safe.replace(sign, f"\\{sign}")
    return " ".join(safe.split())
