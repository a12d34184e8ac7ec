"""A comparison on a terminal, within 100 columns, and as Markdown."""

from collections.abc import Callable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from loadtests.comparing.differences import Comparison, Difference
from loadtests.report import units
from loadtests.trials.schema import Spread

WIDTH = 100
_STYLES = {"worse": "bold red", "better": "green", "differs": "yellow"}
_SHOW: dict[str, Callable[[float], str]] = {
    "ms": units.duration,
    "bytes": units.size,
    "share": units.share,
    "per second": units.per_second,
    "dollars": units.dollars,
}
_HEADS = ("scenario", "subject", "figure", "before", "after", "change", "verdict")


def render(comparison: Comparison, console: Console, *, everything: bool) -> None:
    """What differs, or all that was compared, and one sentence over it."""
    width = min(WIDTH, console.width)
    shown = _shown(comparison, everything=everything)
    if shown:
        grid = Table(box=box.HORIZONTALS, show_edge=False, pad_edge=False, padding=(0, 1))
        for head in _HEADS:
            grid.add_column(head, justify="right" if head in _HEADS[3:6] else "left")
        for one in shown:
            cells = _cells(one)
            grid.add_row(*cells[:-1], Text(cells[-1], style=_STYLES.get(cells[-1], "dim")))
        console.print(grid, width=width)
    for reason in comparison.left_out:
        console.print(Text(f"not compared: {reason}", style="dim"), width=width)
    console.print(Text(sentence(comparison)), width=width)


def markdown(comparison: Comparison, *, everything: bool) -> str:
    """The same to paste."""
    lines = [f"| {' | '.join(_HEADS)} |", f"| {' | '.join('---' for _ in _HEADS)} |"]
    lines += [
        "| " + " | ".join(cell.replace("|", "\\|") for cell in _cells(one)) + " |"
        for one in _shown(comparison, everything=everything)
    ]
    lines += ["", *(f"Not compared: {reason}." for reason in comparison.left_out)]
    return "\n".join([*lines, sentence(comparison), ""])


def sentence(comparison: Comparison) -> str:
    """How many figures differ, and how many would by chance."""
    of = [one.verdict for one in comparison.differences]
    judged = len(of) - of.count("too few repeats")
    if not judged:
        return (
            f"{units.plural(len(of), 'figure')} compared, and no verdict: differences are told "
            "from noise from four valid repeats a run on."
        )
    said = f"{of.count('worse')} worse, {of.count('better')} better"
    if others := of.count("differs"):
        said += f", {others} different"
    return (
        f"{units.plural(judged, 'figure')} judged: {said} beyond the spread of their repeats; "
        f"chance alone would show at most {comparison.by_chance:.1f}."
    )


def _shown(comparison: Comparison, *, everything: bool) -> Sequence[Difference]:
    found = comparison.differences
    return found if everything else [one for one in found if one.verdict in _STYLES]


def _cells(one: Difference) -> list[str]:
    change = one.change
    return [
        one.scenario,
        one.subject,
        one.figure["text"],
        _spread(one.before, one.figure["unit"]),
        _spread(one.after, one.figure["unit"]),
        "from none" if change is None else f"{change:+.0%}",
        one.verdict,
    ]


def _spread(spread: Spread, unit: str) -> str:
    show = _SHOW.get(unit, units.three_digits)
    if spread["least"] == spread["most"]:
        return show(spread["median"])
    return f"{show(spread['median'])} ({show(spread['least'])} to {show(spread['most'])})"
