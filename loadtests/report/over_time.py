"""Latency over time: a strip a strategy, all on the same axes."""

from dataclasses import dataclass, replace

from loadtests.report import units
from loadtests.report.markup import Markup, join, tag
from loadtests.report.palette import marker
from loadtests.report.plot import Axis, frame, linear, outline
from loadtests.report.reading import STRATEGIES, Result, numeric_rows, strategy

_STRIP_PX = 116
_MOST_WINDOWS = 240


@dataclass(frozen=True)
class Windows:
    """One strategy's latency over a phase: [second, p50, p99] a window."""

    name: str
    rows: list[list[float]]

    @property
    def worst_ms(self) -> float:
        """The highest p99 of all windows."""
        return max(row[2] for row in self.rows)


def windows(result: Result, rate: str) -> list[Windows]:
    """The series of a rate, merged to a number of windows that a chart can show."""
    found = []
    for name in STRATEGIES:
        series = numeric_rows(strategy(result, name), "series", rate, width=3)
        if kept := [row for row in series if row[1] > 0 and row[2] > 0]:
            found.append(Windows(name, merged(kept)))
    return found


def chart(found: list[Windows], y: Axis, title: str) -> Markup:
    """The strips of one rate, one under the other; only the last has its seconds written out."""
    end = max(line.rows[-1][0] for line in found)
    x = linear(end or 1.0, "seconds", units.three_digits)
    silent = replace(x, ticks=tuple((value, "") for value, _ in x.ticks), title="")
    # A strip is low: every second decade is written out.
    y = replace(y, ticks=tuple((v, "" if k % 2 else t) for k, (v, t) in enumerate(y.ticks)))
    strips = [_strip(line, silent, y, title) for line in found[:-1]]
    return join(*strips, _strip(found[-1], x, y, title, css="plot strip last"))


def _strip(line: Windows, x: Axis, y: Axis, title: str, css: str = "plot strip") -> Markup:
    upper = [(row[0], row[2]) for row in line.rows]
    lower = [(row[0], row[1]) for row in line.rows]
    area = outline([*upper, *reversed(lower)], x, y, _STRIP_PX) + "z"
    paths = join(
        tag("path", d=area, class_=f"area of-{line.name}"),
        tag("path", d=outline(lower, x, y, _STRIP_PX), class_=f"line of-{line.name}"),
    )
    last_px = y.down(lower[-1][1], _STRIP_PX)
    over = join(
        marker(line.name, x.percent(lower[-1][0]), last_px),
        tag("text", line.name, x="100%", y=f"{last_px:.1f}", dx=8, class_="end-label"),
    )
    label = f"{title}: {line.name} over time, its worst p99 is {units.duration(line.worst_ms)}"
    return frame(label, _STRIP_PX, x, y, paths=paths, over=over, css=css)


def merged(series: list[list[float]], most: int = _MOST_WINDOWS) -> list[list[float]]:
    """At most so many windows: of those that become one the middle p50 and the worst p99 are kept.

    Percentiles cannot be averaged.
    """
    step = -(-len(series) // most)
    groups = [series[start : start + step] for start in range(0, len(series), step)]
    return [
        [group[0][0], sorted(row[1] for row in group)[len(group) // 2], max(r[2] for r in group)]
        for group in groups
    ]
