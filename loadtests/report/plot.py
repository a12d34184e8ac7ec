"""Axes and the frame of a chart.

A plot is as wide as its container: positions across are percentages in an SVG without a viewBox,
so text and markers keep their size from 320 px to paper. Long paths lie in a nested SVG 1,000
units wide that is stretched, with strokes that are not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from loadtests.report.markup import Markup, join, tag

UNITS = 1000  # width of the stretched part

# Ticks nearer to their neighbour than this share of the width lose their text on a phone.
_CROWDED = 0.17

Point = tuple[float, float]


@dataclass(frozen=True)
class Axis:
    """Where a value lies between 0 and 1, and what is written beside the line."""

    place: Callable[[float], float]
    ticks: tuple[tuple[float, str], ...]
    title: str

    def at(self, value: float) -> float:
        """The place of a value, held within the plot."""
        return min(1.0, max(0.0, self.place(value)))

    def percent(self, value: float) -> str:
        """The place across, for attributes of the unstretched part."""
        return f"{100 * self.at(value):.2f}%"

    def down(self, value: float, height: float) -> float:
        """Pixels from the top of a plot of this height."""
        return height * (1 - self.at(value))

    def unit(self, value: float) -> float:
        """The place across, for paths in the stretched part."""
        return UNITS * self.at(value)


def linear(high: float, title: str, show: Callable[[float], str], *, wanted: int = 5) -> Axis:
    """From zero to `high`, with about `wanted` round ticks."""
    step = _round_step(high / wanted)
    ticks = tuple((k * step, show(k * step)) for k in range(floor(high / step * 1.0001) + 1))
    return Axis(lambda value: value / high, ticks, title)


def logarithmic(low: float, high: float, title: str, show: Callable[[float], str]) -> Axis:
    """Whole decades around low and high (both above zero), a tick each."""
    first, last = floor(log10(low)), max(ceil(log10(high)), floor(log10(low)) + 1)
    ticks = tuple((10.0**k, show(10.0**k)) for k in range(first, last + 1))

    def place(value: float) -> float:
        return (log10(max(value, 10.0**first)) - first) / (last - first)

    return Axis(place, ticks, title)


def latency_axis(values_ms: list[float]) -> Axis:
    """Decades of milliseconds around all values."""
    positive = [value for value in values_ms if value > 0] or [1.0]
    return logarithmic(min(positive), max(positive), "latency", _decade)


def outline(points: Sequence[Point], x: Axis, y: Axis, height: float) -> str:
    """Path data through the points, for the stretched part."""
    return "M" + " ".join(f"{x.unit(a):.0f} {y.down(b, height):.1f}" for a, b in points)


def frame(
    label: str,
    height: int,
    x: Axis,
    y: Axis | None = None,
    *,
    paths: object = None,
    over: object = None,
    css: str = "plot",
) -> Markup:
    """A chart: grid, axes, stretched `paths`, and `over` them what must keep its shape."""
    inside = drawing(height, x, y, paths=paths, over=over)
    return tag(
        "div",
        tag("svg", inside, width="100%", height=height, role="img", aria_label=label),
        class_=css,
    )


def drawing(
    height: int, x: Axis, y: Axis | None, *, paths: object = None, over: object = None
) -> Markup:
    """What is inside of a chart's own SVG, whose width is given by whoever places it."""
    grid = tag("path", d=_grid(height, x, y), class_="grid")
    stretched = tag(
        "svg",
        grid,
        paths,
        width="100%",
        height=height,
        viewBox=f"0 0 {UNITS} {height}",
        preserveAspectRatio="none",
        class_="stretched",
    )
    return join(_columns(x, height), _lines(y, height) if y else None, stretched, over)


def spread(positions: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """The positions moved apart to `gap`, in their order, between low and high where they fit."""
    order = sorted(range(len(positions)), key=lambda index: positions[index])
    placed = [0.0] * len(positions)
    floor_at = low
    for index in order:
        placed[index] = max(positions[index], floor_at)
        floor_at = placed[index] + gap
    ceiling = high
    for index in reversed(order):
        placed[index] = min(placed[index], ceiling)
        ceiling = placed[index] - gap
    return placed


def _grid(height: int, x: Axis, y: Axis | None) -> str:
    upright = "".join(f"M{x.unit(value):.0f} 0V{height}" for value, _ in x.ticks)
    if y is None:
        return upright
    return upright + "".join(f"M0 {y.down(value, height):.1f}H{UNITS}" for value, _ in y.ticks)


def _columns(x: Axis, height: int) -> Markup:
    marks, written = [], -1.0
    for value, text in x.ticks:
        crowded = x.at(value) - written < _CROWDED
        written = written if crowded else x.at(value)
        css = "tick below crowded" if crowded else "tick below"
        if text:
            marks.append(tag("text", text, x=x.percent(value), y=height + 16, class_=css))
    title = tag("text", x.title, x="100%", y=height + 33, class_="axis end") if x.title else None
    base = tag("line", x1=0, x2="100%", y1=height, y2=height, class_="base")
    return join(*marks, base, title)


def _lines(y: Axis, height: int) -> Markup:
    marks = [
        tag("text", text, x=-8, y=f"{y.down(value, height):.1f}", class_="tick left")
        for value, text in y.ticks
        if text
    ]
    title = tag("text", y.title, x=-8, y=-12, class_="axis y-title") if y.title else None
    return join(*marks, title)


def _round_step(rough: float) -> float:
    power = 10.0 ** floor(log10(rough)) if rough > 0 else 1.0
    return next(power * step for step in (1, 2, 2.5, 5, 10) if power * step >= rough * 0.999)


def _decade(value_ms: float) -> str:
    if value_ms >= 1000:
        return f"{value_ms / 1000:,g} s"
    return f"{value_ms:g} ms" if value_ms >= 0.1 else f"{1000 * value_ms:g} µs"
