"""Latency over time: one chart a scenario, a strip a subject, so all share their axes."""

from dataclasses import dataclass

from loadtests.report import units
from loadtests.report.markup import Markup, join, prose, tag
from loadtests.report.over_time import merged
from loadtests.report.plot import UNITS, Axis, drawing, latency_axis, linear
from loadtests.report.reading import numeric_rows
from loadtests.report.trials import sentences
from loadtests.report.trials.events import Events, events, marks
from loadtests.report.trials.names import few, left_out
from loadtests.report.trials.run import Run, Scenario, Subject

_STRIP_PX, _NAME_PX = 54, 20
_ROW_PX = _STRIP_PX + _NAME_PX
# All strips of a page together, of the 300 KB that it may take; a strip, and each window in it.
_BYTES, _STRIP_BYTES, _WINDOW_BYTES = 62_000, 420, 20
_FEWEST, _MOST = 20, 160


@dataclass(frozen=True)
class Strip:
    """One subject's windows: [second, p50, p99]."""

    subject: Subject
    windows: list[list[float]]


@dataclass(frozen=True)
class Course:
    """One scenario over time, drawn for `strips` out of `of` subjects, with what happened."""

    scenario: Scenario
    strips: list[Strip]
    of: int
    events: Events


def courses(run: Run) -> list[Course]:
    """Every scenario that kept a series, of the median repeat."""
    found = {one.name: _series(run, one) for one in run.scenarios}
    every = {name: len(series) for name, series in found.items()}
    kept = sum(bool(series) for series in found.values())
    found = {name: few(series, kept, run.detail) for name, series in found.items()}
    each = int(run.detail * _BYTES) // max(1, sum(map(len, found.values()))) - _STRIP_BYTES
    most = max(_FEWEST, min(_MOST, each // _WINDOW_BYTES))
    return [
        Course(
            scenario,
            [Strip(subject, merged(series, most)) for subject, series in found[scenario.name]],
            every[scenario.name],
            _events(run, scenario),
        )
        for scenario in run.scenarios
        if found[scenario.name]
    ]


def _series(run: Run, scenario: Scenario) -> list[tuple[Subject, list[list[float]]]]:
    found = []
    for subject in run.played(scenario.name):
        trial = run.median_trial(scenario, subject)
        series = numeric_rows(trial.drawing, "series", width=3) if trial else []
        if kept := [row for row in series if row[1] > 0 and row[2] > 0]:
            found.append((subject, kept))
    return found


def _events(run: Run, scenario: Scenario) -> Events:
    """What happened in the scenario; of subjects that differ in when, those of the first."""
    for subject in run.played(scenario.name):
        trial = run.median_trial(scenario, subject)
        if trial and (found := events(trial.drawing)):
            return found
    return []


def section(run: Run) -> Markup | None:
    """A chart a scenario."""
    found = courses(run)
    if not found:
        return None
    how = (
        "Line: p50 of each tenth of a second, or of a longer window where there are many; shade: "
        "from there up to its p99. The latency axis is logarithmic. Drawn is the median repeat."
    )
    charts = [_figure(one) for one in found]
    return join(
        tag("h2", "Latency over time"),
        tag("p", how, class_="fine"),
        tag("div", *charts, class_="pair"),
    )


def _figure(course: Course) -> Markup:
    said = sentences.worst_moments([(one.subject.name, one.windows) for one in course.strips])
    said += left_out(len(course.strips), course.of)
    caption = tag(
        "figcaption", tag("h3", course.scenario.name), tag("span", prose(said), class_="how")
    )
    return tag("figure", caption, _chart(course, said))


def _chart(course: Course, said: str) -> Markup:
    x = linear(_end_s(course), "seconds", units.three_digits)
    y = latency_axis([ms for one in course.strips for row in one.windows for ms in row[1:3]])
    height = _ROW_PX * len(course.strips)
    tops = [place * _ROW_PX + _NAME_PX for place in range(len(course.strips))]
    ground = "".join(f"M0 {top}H{UNITS}M0 {top + _STRIP_PX}H{UNITS}" for top in tops)
    paths, over = [tag("path", d=ground, class_="grid")], [marks(course.events, x, height)]
    for top, strip in zip(tops, course.strips, strict=True):
        paths.append(_paths(strip, x, y, top))
        over.append(_words(strip, y, top))
    inside = drawing(height, x, None, paths=join(*paths), over=join(*over))
    picture = tag("svg", inside, width="100%", height=height, role="img", aria_label=said)
    return tag("div", picture, class_="plot strips")


def _end_s(course: Course) -> float:
    ends = [strip.windows[-1][0] for strip in course.strips]
    return max([*ends, *(at for at, _ in course.events)]) or 1.0


def _paths(strip: Strip, x: Axis, y: Axis, top: int) -> Markup:
    places = [x.unit(row[0]) for row in strip.windows]
    lower = [top + y.down(row[1], _STRIP_PX) for row in strip.windows]
    upper = [top + y.down(row[2], _STRIP_PX) for row in strip.windows]
    middle = _through(places, lower)
    back = _through(places[::-1], upper[::-1])
    return join(
        tag("path", d=f"M{middle} {back}z", class_=f"area of-{strip.subject.key}"),
        tag("path", d=f"M{middle}", class_=f"line thin of-{strip.subject.key}"),
    )


def _through(across: list[float], down: list[float]) -> str:
    return " ".join(f"{a:.0f} {b:.0f}" for a, b in zip(across, down, strict=True))


def _words(strip: Strip, y: Axis, top: int) -> Markup:
    ends = (y.ticks[0], y.ticks[-1])
    ticks = [
        tag("text", text, x=-8, y=f"{top + y.down(value, _STRIP_PX):.0f}", class_="tick left")
        for value, text in ends
    ]
    name = tag("text", strip.subject.name, x=0, y=top - 6, class_=f"named of-{strip.subject.key}")
    return join(name, *ticks)
