"""The before/after table of the page."""

from loadtests.report.markup import Markup, join, prose, tag
from loadtests.report.measures import table
from loadtests.report.palette import swatch
from loadtests.report.reading import ROLES, STRATEGIES, Result
from loadtests.report.table import CLAIM_NOTE, Cell, Row


def before_after(result: Result) -> Markup:
    """The table with its footnotes."""
    found = table(result)
    bodies = []
    for section in found.sections:
        title = tag("tr", tag("th", prose(section.title), colspan=6, scope="rowgroup"))
        bodies.append(tag("tbody", title, *map(_row, section.rows), class_="group"))
    notes = [tag("li", prose(note)) for note in found.notes]
    return join(
        tag("h2", "Before and after"),
        tag("div", tag("table", _head(), *bodies, class_="before-after"), class_="scroll"),
        tag("ol", *notes, class_="notes"),
        tag("ul", tag("li", CLAIM_NOTE, class_="dagger"), class_="notes"),
    )


def _head() -> Markup:
    cells = [
        tag("th", swatch(name), name, tag("span", ROLES[name], class_="role"), scope="col")
        for name in STRATEGIES
    ]
    change = tag("th", "naive → layered", scope="col")
    claim = tag("th", "the article said", tag("sup", "†"), scope="col", class_="claim")
    return tag("thead", tag("tr", tag("th", "", scope="col"), *cells, change, claim))


def _row(row: Row) -> Markup:
    cells = [tag("td", _cell(cell)) for cell in row.cells[:-1]]
    cells.append(tag("td", _cell(row.cells[-1]), class_="ours"))
    change = f"{row.change}, worse" if row.worse else row.change
    cells.append(tag("td", change, class_="worse" if row.worse else None))
    cells.append(tag("td", row.claim, class_="claim"))
    return tag("tr", tag("th", _cell(row.label), scope="row"), *cells)


def _cell(cell: Cell) -> Markup:
    marks = [tag("sup", ",".join(map(str, cell.notes)))] if cell.notes else []
    return join(cell.text, *marks)
