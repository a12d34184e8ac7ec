"""From one measure to its row: a figure a strategy, what became of it, and footnotes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from loadtests.report import units
from loadtests.report.change import Better, change, is_worse, points
from loadtests.report.foundations import comparable, faults
from loadtests.report.reading import STRATEGIES, Result, at, number, state, strategy, why_unknown
from loadtests.report.table import Cell, Notes, Row

Show = Callable[[float], str]
NO_VERDICT_HERE = (
    "No verdict rests on this: a phase that it was measured in broke its conditions. Which phases "
    "did, and how, is listed."
)


@dataclass(frozen=True)
class Measure:
    """One row to be: where its figure stands in a strategy, and how to print it."""

    label: str
    path: tuple[str, ...]
    show: Show
    better: Better = "less"
    claim: str = ""
    note: str = ""


def row(result: Result, measure: Measure, notes: Notes) -> Row:
    """The row of one measure; its footnotes are added to `notes`."""
    values = [number(strategy(result, name), *measure.path) for name in STRATEGIES]
    label = Cell(measure.label, (notes.mark(measure.note),) if measure.note else ())
    cells = tuple(
        _cell(result, name, measure, value, notes)
        for name, value in zip(STRATEGIES, values, strict=True)
    )
    # A comparison is a verdict, and a figure of a broken phase gets none.
    judged = comparable(result, measure.path[0])
    before, after = (values[0], values[-1]) if judged else (None, None)
    compare = points if measure.show is units.share else change
    worse = is_worse(before, after, measure.better)
    return Row(label, cells, compare(before, after), worse, measure.claim)


def _cell(result: Result, name: str, measure: Measure, value: float | None, notes: Notes) -> Cell:
    if value is None:
        why = why_unknown(result, name, measure.path[0])
        return Cell(units.UNKNOWN, (notes.mark(f"{why[:1].upper()}{why[1:]}."),))
    marks = _caveats(result, name, measure.path[0])
    return Cell(measure.show(value), tuple(map(notes.mark, marks)))


def _caveats(result: Result, name: str, key: str) -> list[str]:
    found = []
    figure = partial(number, strategy(result, name))
    if key == "latency_ms_at_high" and at(strategy(result, name), "saturated_at_high"):
        planned, achieved = number(result, "rates", "high"), figure("achieved_at_high_per_s")
        found.append(_saturated(name, planned, achieved, figure("dropped_at_high")))
    if key == "knee_per_s" and at(strategy(result, name), "knee_reached") is False:
        found.append(f"{name}: not saturated at the highest rate tried; its knee lies higher.")
    if state(result) == "partly" and faults(result, key, name):
        found.append(NO_VERDICT_HERE)
    return found


def _saturated(
    name: str, planned: float | None, achieved: float | None, dropped: float | None
) -> str:
    did = (
        f"{units.per_second(achieved)} of {units.per_second(planned)}"
        if (planned is not None and achieved is not None)
        else "less than was asked"
    )
    lost = f", {units.plural(dropped, 'start')} dropped" if dropped else ""
    return (
        f"{name} could not keep up: it answered {did}{lost}. Latency counts from the "
        "intended start, of dropped starts at least what they waited, and grows as long as such a "
        "phase lasts."
    )
