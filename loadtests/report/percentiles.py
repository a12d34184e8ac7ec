"""Latency by percentile: every strategy's curve in one picture, the tail as wide as the rest."""

from dataclasses import dataclass
from math import log10

from loadtests.report.markup import Markup, join, tag
from loadtests.report.palette import marker
from loadtests.report.plot import Axis, Point, frame, outline, spread
from loadtests.report.reading import STRATEGIES, Result, numeric_rows, strategy

_HEIGHT_PX = 280
_LABEL_GAP_PX = 15
_NINES = (0.0, 0.5, 0.9, 0.99, 0.999, 0.9999)


@dataclass(frozen=True)
class Curve:
    """One strategy's latencies: (share answered within, milliseconds), ascending."""

    name: str
    points: list[Point]
    answered: float

    def at(self, wanted: float) -> float | None:
        """Milliseconds within which `wanted` were answered; None beyond what the count can tell."""
        if self.answered * (1 - wanted) < 1:
            return None
        return next((ms for part, ms in self.points if part >= wanted), None)


def curves(result: Result, rate: str) -> list[Curve]:
    """The histograms of a rate as cumulative curves."""
    found = []
    for name in STRATEGIES:
        buckets = numeric_rows(strategy(result, name), f"histogram_{rate}", width=2)
        total = sum(count for _, count in buckets)
        if total > 0:
            found.append(Curve(name, _cumulative(buckets, total), total))
    return found


def chart(found: list[Curve], y: Axis, label: str) -> Markup:
    """Latency over the share answered within it, the tail drawn as wide as the rest."""
    last = max(curve.answered for curve in found)
    x = _nines_axis(last)
    paths: list[Markup] = []
    over: list[Markup] = []
    ends: list[tuple[str, Point]] = []
    for curve in found:
        kept = [(part, ms) for part, ms in curve.points if curve.answered * (1 - part) >= 1]
        kept = kept or curve.points[:1]
        line = outline(_thinned(kept, x, y), x, y, _HEIGHT_PX)
        paths.append(tag("path", d=line, class_=f"line of-{curve.name}"))
        over += [
            marker(curve.name, x.percent(wanted), y.down(value, _HEIGHT_PX))
            for wanted in _NINES[1:]
            if (value := curve.at(wanted)) is not None
        ]
        ends.append((curve.name, kept[-1]))
    above = join(*over, _names(ends, y))
    return frame(label, _HEIGHT_PX, x, y, paths=join(*paths), over=above)


def _cumulative(buckets: list[list[float]], total: float) -> list[Point]:
    points, seen = [], 0.0
    for upper_ms, count in sorted(buckets):
        seen += count
        points.append((seen / total, upper_ms))
    return points


def _nines_axis(answered: float) -> Axis:
    deepest = max(1.0, log10(max(answered, 10.0)))

    def place(part: float) -> float:
        return min(1.0, -log10(max(1 - part, 1e-9)) / deepest)

    names = {0.0: "0", 0.5: "50 %", 0.9: "90 %", 0.99: "99 %", 0.999: "99.9 %", 0.9999: "99.99 %"}
    ticks = tuple((part, names[part]) for part in _NINES if place(part) < 0.999)
    return Axis(place, ticks, "of the requests answered within")


def _thinned(points: list[Point], x: Axis, y: Axis) -> list[Point]:
    kept = points[:1]
    for point in points[1:]:
        far = abs(x.unit(point[0]) - x.unit(kept[-1][0])) + abs(
            y.down(point[1], _HEIGHT_PX) - y.down(kept[-1][1], _HEIGHT_PX)
        )
        if far >= 2:
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
