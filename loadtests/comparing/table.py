"""A comparison on a terminal, within 100 columns, and as Markdown."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from loadtests.comparing.differences import Comparison, Difference
from loadtests.report import units
from loadtests.report.showing import bounded, shown
from loadtests.trials.bounds import is_bound
from loadtests.trials.schema import End, Spread

WIDTH = 100
_STYLES = {"lost": "bold red", "worse": "bold red", "better": "green", "differs": "yellow"}
_HEADS = ("scenario", "subject", "figure", "before", "after", "change", "verdict")


def render(comparison: Comparison, console: Console, *, everything: bool) -> None:
    """What differs, or all that was compared, and one sentence over it."""
    width = min(WIDTH, console.width)
    if found := _chosen(comparison, everything=everything):
        console.print(_grid(found), width=width)
    for line in _beside(comparison):
        console.print(Text(line, style="dim"), width=width)
    console.print(Text(sentence(comparison)), width=width)


def _grid(differences: Sequence[Difference]) -> Table:
    grid = Table(box=box.HORIZONTALS, show_edge=False, pad_edge=False, padding=(0, 1))
    for head in _HEADS[2:]:
        grid.add_column(head, justify="right" if head in _HEADS[3:6] else "left")
    for whose, together in groupby(differences, key=lambda one: f"{one.scenario}, {one.subject}"):
        grid.add_section()
        grid.add_row(Text(whose, style="bold"))
        for one in together:
            unit, style = one.figure["unit"], _STYLES.get(one.verdict, "dim")
            spreads = [_two_lines(spread, unit) for spread in (one.before, one.after)]
            grid.add_row(one.figure["text"], *spreads, _change(one), Text(_verdict(one), style))
    return grid


def markdown(comparison: Comparison, *, everything: bool) -> str:
    """The same to paste."""
    lines = [f"| {' | '.join(_HEADS)} |", f"| {' | '.join('---' for _ in _HEADS)} |"]
    lines += [
        "| " + " | ".join(cell.replace("|", "\\|") for cell in _cells(one)) + " |"
        for one in _chosen(comparison, everything=everything)
    ]
    lines += ["", *(f"- {line}" for line in _beside(comparison)), ""]
    return "\n".join([*lines, sentence(comparison), ""])


def sentence(comparison: Comparison) -> str:
    """How many figures differ, and how many would by chance."""
    of = [one.verdict for one in comparison.differences]
    judged = len(comparison.judged)
    if not judged:
        return (
            f"{units.plural(len(of), 'figure')} compared, and no verdict: differences are told "
            "from noise from four valid repeats a run on. Make both runs without --quick, and with "
            "nobody else at work."
        )
    said = f"{of.count('worse')} worse, {of.count('better')} better"
    if others := of.count("differs"):
        said += f", {others} different"
    if lost := of.count("lost"):
        said += f", {lost} lost"
    return (
        f"{units.plural(judged, 'figure')} judged: {said} beyond the spread of their repeats; "
        f"chance alone would show at most {comparison.by_chance:.1g}."
    )


def _beside(comparison: Comparison) -> Iterator[str]:
    for reason in comparison.not_played:
        yield f"not played: {reason}"
    for reason in comparison.unjudged:
        yield f"not judged: {reason}"
    for reason in comparison.new:
        yield f"new: {reason}"


def _chosen(comparison: Comparison, *, everything: bool) -> Sequence[Difference]:
    found = comparison.differences
    return found if everything else [one for one in found if one.verdict in _STYLES]


def _cells(one: Difference) -> list[str]:
    unit = one.figure["unit"]
    spreads = (_in_line(spread, unit) for spread in (one.before, one.after))
    return [one.scenario, one.subject, one.figure["text"], *spreads, _change(one), _verdict(one)]


def _verdict(one: Difference) -> str:
    return f"{one.verdict}: {one.why}" if one.why else one.verdict


def _in_line(spread: Spread | None, unit: str) -> str:
    if spread is None:
        return units.UNKNOWN
    between = _between(spread, unit)
    return _number(spread, "median", unit) + (f" ({between})" if between else "")


def _two_lines(spread: Spread | None, unit: str) -> Text:
    if spread is None:
        return Text(units.UNKNOWN)
    between = _between(spread, unit)
    return Text.assemble(_number(spread, "median", unit), "\n" * bool(between), (between, "dim"))


def _between(spread: Spread, unit: str) -> str:
    if spread["least"] == spread["most"]:
        return ""
    return f"{_number(spread, 'least', unit)} to {_number(spread, 'most', unit)}"


def _number(spread: Spread, end: End, unit: str) -> str:
    """With its unit, as what is known of it."""
    said = shown(spread[end], unit)
    return bounded(said, unit) if is_bound(spread, end) else said


def _change(one: Difference) -> str:
    if one.after is None:
        return units.UNKNOWN
    return "from none" if one.change is None else f"{one.change:+.0%}"
