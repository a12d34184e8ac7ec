"""`report.html`: the whole run on one page that needs no script and fetches nothing."""

from loadtests.report import opening, sections
from loadtests.report.grid import before_after
from loadtests.report.markup import Markup, tag
from loadtests.report.palette import definitions
from loadtests.report.pictures import latency_over_time, latency_percentiles, planned, stampedes
from loadtests.report.reading import Result, state
from loadtests.report.style import style_sheet
from loadtests.report.verdict import NO_VERDICT

TITLE = "Corral, before and after"


def page(result: Result) -> str:
    """The report as a complete HTML document that is also well-formed XML."""
    invalid = state(result) == "invalid"
    title = f"{NO_VERDICT} – {TITLE}" if invalid else TITLE  # noqa: RUF001
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", Markup(style_sheet())),
    )
    body = tag("body", definitions(), tag("main", *_parts(result)))
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _parts(result: Result) -> list[Markup | None]:
    return [
        opening.title(result, TITLE),
        opening.verdict(result),
        before_after(result),
        stampedes(result),
        latency_over_time(result),
        latency_percentiles(result),
        sections.by_outcome(result),
        planned(result),
        sections.phases(result),
        sections.environment(result),
    ]
