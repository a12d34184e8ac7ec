"""Latency by percentile: every strategy's curve in one picture, the tail as wide as the rest."""

from dataclasses import dataclass
from math import log10

from loadtests.report.markup import Markup, join, tag
from loadtests.report.palette import markers
from loadtests.report.plot import Axis, Point, frame, outline, spread
from loadtests.report.reading import STRATEGIES, Result, numeric_rows, strategy

_HEIGHT_PX = 280
_LABEL_GAP_PX = 15
APART = 4  # of a thousand across, or pixels down: nearer points are not told apart
_NINES = (0.0, 0.5, 0.9, 0.99, 0.999, 0.9999)


@dataclass(frozen=True)
class Curve:
    """One strategy's latencies: (share answered within, milliseconds), ascending.

    `name` chooses its look; `label` is written at its end, and is the name where there is none.
    """

    name: str
    points: list[Point]
    answered: float
    label: str = ""

    def at(self, wanted: float) -> float | None:
        """Milliseconds within which `wanted` were answered; None beyond what the count can tell."""
        if self.answered * (1 - wanted) < 1:
            return None
        return next((ms for part, ms in self.points if part >= wanted), None)

    def told(self, deepest: float | None = None) -> list[Point]:
        """The points that the count can tell, none beyond so many nines; at least one."""
        last = 1.0 if deepest is None else 1 - 10**-deepest
        kept = [
            (part, ms)
            for part, ms in self.points
            if self.answered * (1 - part) >= 1 and part <= last
        ]
        if deepest is not None and (ms_at_last := self.at(last)) is not None:
            kept.append((last, ms_at_last))
        return kept or self.points[:1]


def curves(result: Result, rate: str) -> list[Curve]:
    """The histograms of a rate as cumulative curves."""
    found = []
    for name in STRATEGIES:
        buckets = numeric_rows(strategy(result, name), f"histogram_{rate}", width=2)
        total = sum(count for _, count in buckets)
        if total > 0:
            found.append(Curve(name, cumulative(buckets, total), total))
    return found


def chart(
    found: list[Curve],
    y: Axis,
    label: str,
    *,
    deepest: float | None = None,
    apart: float = APART,
    css: str = "plot",
) -> Markup:
    """Latency over the share answered within it, the tail drawn as wide as the rest.

    The axis ends where the most answers can tell, or with the nines of `deepest` (3: 99.9 %).
    """
    x = _nines_axis(deepest or log10(max(10.0, *(curve.answered for curve in found))))
    paths: list[Markup] = []
    over: list[Markup] = []
    ends: list[tuple[str, Point]] = []
    for curve in found:
        kept = curve.told(deepest)
        line = outline(_thinned(kept, x, y, apart), x, y, _HEIGHT_PX)
        paths.append(tag("path", d=line, class_=f"line of-{curve.name}"))
        over.append(_markers(curve, x, y))
        ends.append((curve.label or curve.name, kept[-1]))
    above = join(*over, _names(ends, y))
    return frame(label, _HEIGHT_PX, x, y, paths=join(*paths), over=above, css=css)


def _markers(curve: Curve, x: Axis, y: Axis) -> Markup:
    known = [(wanted, ms) for wanted in _NINES[1:] if (ms := curve.at(wanted)) is not None]
    places = [(x.percent(part), y.down(ms, _HEIGHT_PX)) for part, ms in known if x.place(part) <= 1]
    return markers(curve.name, places)


def cumulative(buckets: list[list[float]], total: float) -> list[Point]:
    """(share within, milliseconds) of [upper_ms, count] rows that sum up to `total`."""
    points, seen = [], 0.0
    for upper_ms, count in sorted(buckets):
        seen += count
        points.append((seen / total, upper_ms))
    return points


def _nines_axis(deepest: float) -> Axis:
    def place(part: float) -> float:
        return min(1.0, -log10(max(1 - part, 1e-9)) / deepest)

    names = {0.0: "0", 0.5: "50 %", 0.9: "90 %", 0.99: "99 %", 0.999: "99.9 %", 0.9999: "99.99 %"}
    within = 1.001 * deepest
    ticks = tuple((part, names[part]) for part in _NINES if -log10(1 - part) <= within)
    return Axis(place, ticks, "of the requests answered within")


def _thinned(points: list[Point], x: Axis, y: Axis, apart: float) -> list[Point]:
    kept = points[:1]
    for point in points[1:]:
        far = abs(x.unit(point[0]) - x.unit(kept[-1][0])) + abs(
            y.down(point[1], _HEIGHT_PX) - y.down(kept[-1][1], _HEIGHT_PX)
        )
        if far >= apart:
            kept.append(point)
    return kept if kept[-1] == points[-1] else [*kept, points[-1]]


def _names(ends: list[tuple[str, Point]], y: Axis) -> Markup:
    heights = spread(
        [y.down(point[1], _HEIGHT_PX) for _, point in ends], _LABEL_GAP_PX, 4, _HEIGHT_PX - 2
    )
    marks = [
        tag("text", name, x="100%", y=f"{height:.1f}", dx=8, class_="end-label")
        for (name, _), height in zip(ends, heights, strict=True)
    ]
    return join(*marks)
