"""A picture as an SVG document of its own: ground, heading, words and when it was measured."""

from collections.abc import Sequence

from loadtests.report.markup import Markup, tag
from loadtests.report.palette import definitions
from loadtests.report.style import picture_style
from loadtests.report.trials import verdicts
from loadtests.report.trials.looks import looks
from loadtests.report.trials.run import Run
from loadtests.report.trials.style import rules
from loadtests.report.verdict import INVALID_USE, NO_VERDICT, moment

WIDTH, MARGIN = 1000, 36
_LINE_PX, _LETTERS = 16, 140

_STYLE = (
    ".ground{fill:var(--paper);stroke:var(--line)}"
    ".heading{font-size:21px;font-weight:650;fill:var(--ink)}"
    ".measure{font-size:14px;font-weight:650;fill:var(--ink)}"
    ".alarm{fill:var(--bad)}"
)


def document(run: Run, title: str, words: str, parts: Sequence[Markup], height: int) -> str:
    """The parts, which end at `height` where the words take one line."""
    said = INVALID_USE if run.state == "invalid" else words
    known = looks(run.subjects)
    lines = _wrapped(said)
    shift = _LINE_PX * (len(lines) - 1)
    whole = height + shift + 34
    drawn = tag(
        "svg",
        tag("title", f"{title}. {said}"),
        tag("style", Markup(f"{picture_style(known)}{rules()}{_STYLE}")),
        tag("rect", x=0.5, y=0.5, width=WIDTH - 1, height=whole - 1, rx=12, class_="ground"),
        definitions(known),
        _heading(run, title),
        *(tag("text", one, x=MARGIN, y=64 + _LINE_PX * n) for n, one in enumerate(lines)),
        tag("g", *parts, transform=f"translate(0 {shift})"),
        tag("text", _foot(run), x=MARGIN, y=whole - 20),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {whole}",
        width=WIDTH,
        height=whole,
        role="img",
    )
    return f"{drawn}\n"


def _heading(run: Run, title: str) -> Markup:
    if run.state == "invalid":
        return tag("text", NO_VERDICT, x=MARGIN, y=42, class_="heading alarm")
    return tag("text", title, x=MARGIN, y=42, class_="heading")


def _foot(run: Run) -> str:
    said = f"Measured {moment(run.result)}{', a quick run' if run.quick else ''}."
    return f"{said} {verdicts.how_many_broke(run)}." if run.state == "partly" else said


def _wrapped(text: str) -> list[str]:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > _LETTERS:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
