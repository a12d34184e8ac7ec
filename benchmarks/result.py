"""`reports/bench/result.json`: every sample, what was made of it, and where it was measured."""

from collections.abc import Sequence
from typing import TypedDict

from benchmarks.contenders import CORRAL, Contender
from benchmarks.lab import Row
from benchmarks.measures import Figures, Folded, Metric, Sample

SCHEMA = "corral.bench/1"


class Figure(TypedDict):
    """One contender's figure for one metric; `missing` says why there is none.

    `bound`: it is at least the value, the time after which nobody waited any longer.
    """

    value: float | None
    of: int
    least: float | None
    most: float | None
    samples: list[float]
    bound: bool
    met: bool | None
    missed_by: float | None
    missing: str


class Line(TypedDict):
    """One metric."""

    key: str
    title: str
    unit: str
    goal: str
    digits: int
    figures: dict[str, Figure]


class Part(TypedDict):
    """One kind of work."""

    key: str
    title: str
    lines: list[Line]


class Result(TypedDict):
    """One run."""

    schema: str
    command: str
    date: str
    commit: str
    machine: dict[str, str]
    server: str
    rounds: int
    is_quick: bool
    seconds: float
    late_ms: float
    titles: dict[str, str]
    briefs: dict[str, str]
    narrow: list[str]
    versions: dict[str, dict[str, str]]
    parts: list[Part]


class Book:
    """All figures of a run, as they come in."""

    def __init__(self) -> None:
        self._samples: dict[tuple[str, str, str], Folded] = {}
        self._missing: dict[tuple[str, str, str], str] = {}

    def enter(self, row: Row, contender: Contender, figures: Figures) -> None:
        """One measurement."""
        for metric, figure in figures.items():
            place = (row.key, metric, contender.key)
            if isinstance(figure, Sample):
                self._samples.setdefault(place, Folded()).samples.append(figure)
            else:
                self._missing[place] = figure

    def part(self, row: Row, contenders: Sequence[Contender]) -> Part:
        """What a row came to."""
        lines: list[Line] = [
            {
                "key": metric.key,
                "title": metric.title,
                "unit": metric.unit,
                "goal": metric.goal.text() if metric.goal else "",
                "digits": metric.digits,
                "figures": {
                    contender.key: self._figure(row, metric, contender) for contender in contenders
                },
            }
            for metric in row.metrics
        ]
        return {"key": row.key, "title": row.title, "lines": lines}

    def _figure(self, row: Row, metric: Metric, contender: Contender) -> Figure:
        place = (row.key, metric.key, contender.key)
        folded = self._samples.get(place)
        if folded is None:
            return {
                "value": None, "of": 0, "least": None, "most": None, "samples": [], "bound": False,
                "met": None, "missed_by": None,
                "missing": self._missing.get(place, "not measured for this side"),
            }  # fmt: skip
        value = folded.value(metric.fold)
        judged = metric.goal is not None and contender is CORRAL
        missed_by = metric.goal.missed_by(value, folded.of) if judged and metric.goal else None
        return {
            "value": value,
            "of": folded.of,
            "least": folded.least,
            "most": folded.most,
            "samples": [sample.value for sample in folded.samples],
            "bound": any(sample.bound and sample.value == value for sample in folded.samples),
            "met": missed_by is None if judged else None,
            "missed_by": missed_by,
            "missing": "",
        }
