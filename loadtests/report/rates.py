"""Planned against achieved: whether each strategy answered the traffic planned for it."""

from dataclasses import dataclass

from loadtests.report import units
from loadtests.report.markup import Markup, join, tag
from loadtests.report.plot import frame, linear
from loadtests.report.reading import STRATEGIES, Result, at, number, objects, text

_ROW_PX = 30
_BAR_PX = 12


@dataclass(frozen=True)
class Phase:
    """One phase with a planned rate; `label` where it is not called "naive, low rate"."""

    strategy: str
    name: str
    planned: float
    achieved: float
    saturated: bool
    label: str = ""

    @property
    def title(self) -> str:
        """As in: naive, low rate."""
        return self.label or f"{self.strategy}, {self.name} rate"


def planned_phases(result: Result) -> list[Phase]:
    """The phases that had a rate to keep, by phase and then by strategy."""
    found = []
    for phase in objects(result, "conditions", "phases"):
        planned, achieved = number(phase, "planned_per_s"), number(phase, "achieved_per_s")
        if planned and achieved is not None:
            names = text(phase, "strategy"), text(phase, "phase")
            found.append(Phase(*names, planned, achieved, at(phase, "saturated") is True))
    return sorted(found, key=_place)


def chart(found: list[Phase]) -> Markup:
    """A bar as long as the rate that was answered, and an upright where it should have ended."""
    height = _ROW_PX * len(found)
    top = max(max(phase.planned, phase.achieved) for phase in found)
    x = linear(top * 1.02, "requests answered per second", units.count)
    marks = []
    for row, phase in enumerate(found):
        y = _ROW_PX * row + (_ROW_PX - _BAR_PX) / 2
        middle = y + _BAR_PX / 2
        bar = tag("rect", y=y, width=x.percent(phase.achieved), height=_BAR_PX)
        wanted = x.percent(phase.planned)
        marks += [
            tag("g", bar, class_=f"solid of-{phase.strategy}"),
            tag("line", x1=wanted, x2=wanted, y1=y - 5, y2=y + _BAR_PX + 5, class_="wanted"),
            tag("text", phase.title, x=-8, y=middle, class_="tick left"),
            tag("text", _answered(phase), x="100%", y=middle, dx=8, class_="end-label"),
        ]
    label = "; ".join(f"{phase.title}: {_answered(phase)} a second" for phase in found)
    return frame(label, height, x, over=join(*marks), css="plot bare")


def _answered(phase: Phase) -> str:
    return f"{units.three_digits(phase.achieved)} of {units.three_digits(phase.planned)}"


def _place(phase: Phase) -> tuple[int, str, int]:
    # Low before high before anything else, and the strategies in their usual order.
    usual = ("low", "high")
    known = STRATEGIES.index(phase.strategy) if phase.strategy in STRATEGIES else len(STRATEGIES)
    return (usual.index(phase.name) if phase.name in usual else 2, phase.name, known)
