"""The stampede request by request: a bar each, and under it the loads that ran at the same time."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from loadtests.report import units
from loadtests.report.markup import Markup, join, tag
from loadtests.report.palette import KINDS
from loadtests.report.plot import UNITS, Axis, frame, linear
from loadtests.report.reading import STRATEGIES, Result, at, number, numeric_rows, rows, strategy

CLOSE_UP_MS = 400.0
_BARS_PX = 250
_BAND_PX = 64
_GAP_PX = 30
HEIGHT_PX = _BARS_PX + _GAP_PX + _BAND_PX
# A kind with this many bars or fewer is drawn thick enough to be seen among five hundred.
_FEW = 5
_FEW_PX = 3.0
_ERROR_PX = 1.5
_LEAST_PX = 1.0  # what is thinner lets the paper through
_STEP = 4  # of a thousand across: about two pixels
ROOM_TO_SAY = 0.7  # of the width: words that begin further right run over the next picture

Bar = tuple[float, float, str]


@dataclass(frozen=True)
class Event:
    """One strategy's stampede, bars in order of arrival.

    `every` request, where the bars to be drawn are only some of them.
    """

    name: str
    bars: list[Bar]
    loads: list[list[float]]
    peak: float | None
    every: tuple[Bar, ...] = ()

    @property
    def requests(self) -> Sequence[Bar]:
        """All of them, drawn or not."""
        return self.every or self.bars

    @property
    def end_ms(self) -> float:
        """When the last answer and the last load were over."""
        ends = [end for _, end, _ in self.requests] + [load[1] for load in self.loads]
        return max(ends, default=0.0)


def events(result: Result) -> list[Event]:
    """The stampedes whose requests were recorded, naive first."""
    found = (_event(result, name) for name in STRATEGIES)
    return [event for event in found if event.bars]


def windows_ms(found: list[Event]) -> list[float]:
    """The time axes worth drawing: the close-up, and the whole when it is longer than that."""
    whole = max(event.end_ms for event in found)
    close = max(CLOSE_UP_MS, 100 * ceil(min(event.end_ms for event in found) * 1.1 / 100))
    return [close, whole * 1.02] if whole > close else [close]


def chart(
    event: Event, window_ms: float, top_loads: float, since: str = "it was dropped"
) -> Markup:
    """Bars over the band of concurrent loads, on the time axis 0 to `window_ms`."""
    x = time_axis(window_ms, since)
    paths, over = marks(event, x, window_ms, top_loads)
    return frame(_label(event, window_ms), HEIGHT_PX, x, paths=paths, over=over, css="plot bare")


def time_axis(window_ms: float, since: str) -> Axis:
    """Milliseconds since something happened, or seconds where there are many."""
    if window_ms > 4_000:
        return linear(window_ms, f"seconds since {since}", lambda v: units.three_digits(v / 1000))
    return linear(window_ms, f"milliseconds since {since}", units.three_digits)


def marks(event: Event, x: Axis, window_ms: float, top_loads: float) -> tuple[Markup, Markup]:
    """Bars and band for the stretched part, and the words over them."""
    over = [_pointer(event, x), _peak(event), _beyond(event, window_ms), _over(event, x)]
    return join(*_bars(event, x), _band(event, x, top_loads)), join(*over)


def concurrency(loads: list[list[float]]) -> list[tuple[float, int]]:
    """(time, loads running from then on) at every change; starts count before ends at one time."""
    moves = sorted([(s, -1) for s, _ in loads] + [(e, 1) for _, e in loads])
    running, steps = 0, []
    for time_ms, sign in moves:
        running -= sign
        steps.append((time_ms, running))
    return steps


def _event(result: Result, name: str) -> Event:
    run = at(strategy(result, name), "stampede")
    bars = [
        (start, end, str(kind))
        for start, end, kind in (row[:3] for row in rows(run, "timeline", width=3))
        if isinstance(start, int | float) and isinstance(end, int | float)
    ]
    loads = numeric_rows(run, "loads_timeline", width=2)
    return Event(name, sorted(bars), loads, number(run, "peak_concurrent_loads"))


def _bars(event: Event, x: Axis) -> list[Markup]:
    step = _BARS_PX / len(event.bars)
    paths = []
    for kind in KINDS:
        mine = [(row, bar) for row, bar in enumerate(event.bars) if bar[2] == kind.key]
        if not mine:
            continue
        thinnest = _FEW_PX if len(mine) <= _FEW else _ERROR_PX if kind.key == "error" else 0
        thick = max(step, thinnest, _LEAST_PX)
        drawn = "".join(_bar(bar, (row + 0.5) * step, x) for row, bar in mine)
        paths.append(tag("path", d=drawn, class_=f"kind-{kind.key}", stroke_width=f"{thick:.2f}"))
    return paths


def _bar(bar: Bar, middle: float, x: Axis) -> str:
    left, right = x.unit(bar[0]), x.unit(bar[1])
    return f"M{left:.0f} {middle:.1f}h{max(right - left, 1.0):.0f}"


def _band(event: Event, x: Axis, top_loads: float) -> Markup:
    base = HEIGHT_PX
    drawn, at = f"M0 {base}", 0
    for place, running in _steps(event, x):
        height = max(_BAND_PX * running / top_loads, 2) if running else 0
        drawn += f"h{place - at}V{base - height:.0f}"
        at = place
    return tag("path", d=f"{drawn}V{base}z", class_="band")


def _steps(event: Event, x: Axis) -> list[tuple[int, int]]:
    """(place, loads running from there on); the most of those that are drawn as one."""
    found: list[tuple[int, int]] = []
    for time_ms, running in concurrency(event.loads):
        place = round(x.unit(time_ms) / _STEP) * _STEP
        if found and found[-1][0] == place:
            # What ends at once still shows as what it was at most, and then as what is left.
            found[-1] = (place, max(running, found[-1][1]))
        else:
            found.append((place, running))
    last = concurrency(event.loads)[-1:]
    ends = [(min(found[-1][0] + _STEP, UNITS), running) for _, running in last]
    return [*found, *ends]


def _peak(event: Event) -> Markup | None:
    if event.peak is None:
        return None
    text = f"loads running, at most {units.count(event.peak)} at once"
    return tag("text", text, x=0, y=_BARS_PX + _GAP_PX - 8, class_="note")


def _pointer(event: Event, x: Axis) -> Markup | None:
    loaders = [bar for bar in event.bars if bar[2] == "miss"]
    if len(loaders) != 1 or not 0.05 <= x.at(loaders[0][1]) <= ROOM_TO_SAY:
        return None
    _, end, _ = loaders[0]
    row = event.bars.index(loaders[0]) + 0.5
    y = max(4.0, row * _BARS_PX / len(event.bars)) + 4
    return tag("text", "ran the query", x=x.percent(end), y=f"{y:.0f}", dx=6, class_="note strong")


def _beyond(event: Event, window_ms: float) -> Markup | None:
    waiting = sum(end > window_ms for _, end, _ in event.requests)
    if not waiting:
        return None
    share = f"{units.count(waiting)} of {units.count(len(event.requests))}"
    text = f"at {units.duration(window_ms)} {share} still wait →"
    return tag("text", text, x="100%", y=-8, class_="note end")


def _over(event: Event, x: Axis) -> Markup | None:
    if x.at(event.end_ms) > 0.2:
        return None
    text = f"← over after {units.duration(event.end_ms)}"
    return tag("text", text, x=x.percent(event.end_ms), y=_BARS_PX / 2, dx=8, class_="note strong")


def _label(event: Event, window_ms: float) -> str:
    kinds = [
        f"{sum(bar[2] == kind.key for bar in event.requests)} {kind.label}"
        for kind in KINDS
        if any(bar[2] == kind.key for bar in event.requests)
    ]
    loads = f"{units.plural(event.peak, 'load')} at once at the peak" if event.peak else "no load"
    return (
        f"{event.name}, first {units.duration(window_ms)}: {len(event.requests)} requests as bars, "
        f"{', '.join(kinds)}; {loads}."
    )
