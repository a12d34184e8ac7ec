"""`report.html` of trials: the whole run on one page that needs no script and fetches nothing."""

from dataclasses import replace

from loadtests.report.markup import Markup, tag
from loadtests.report.palette import definitions
from loadtests.report.style import style_sheet
from loadtests.report.trials import (
    areas,
    curves,
    environment,
    ladder_page,
    lanes,
    mistakes,
    opening,
    planned,
    tables,
    timelines,
)
from loadtests.report.trials.looks import looks
from loadtests.report.trials.run import Run
from loadtests.report.trials.style import rules
from loadtests.report.verdict import NO_VERDICT

MOST_BYTES = 295_000
_FINEST, _ROUGHEST = 1.4, 0.1


def page(run: Run) -> str:
    """The report as a complete HTML document that is also well-formed XML, under 300 KB.

    With many subjects and scenarios pictures are drawn less finely, until it is.
    """
    detail = _FINEST
    while True:
        text = _page(replace(run, detail=detail))
        over = len(text.encode()) / MOST_BYTES
        if over <= 1 or detail < _ROUGHEST:
            return text
        detail *= 0.8 / over


def _page(run: Run) -> str:
    known = looks(run.subjects)
    heading = opening.TITLES.get(run.kind, opening.TITLES["run"])
    title = f"{NO_VERDICT} – {heading}" if run.state == "invalid" else heading  # noqa: RUF001
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", Markup(style_sheet(known, rules()))),
    )
    body = tag("body", definitions(known), tag("main", *_parts(run)))
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _parts(run: Run) -> list[Markup | None]:
    return [
        opening.title(run),
        opening.verdict(run),
        ladder_page.section(run),
        mistakes.section(run),
        tables.tables(run),
        lanes.section(run),
        timelines.section(run),
        curves.section(run),
        areas.section(run),
        planned.section(run),
        environment.section(run),
    ]
