"""Stampedes request by request: a lane a subject, all of one scenario on the same axes."""

from dataclasses import dataclass, replace

from loadtests.report import stampede, units
from loadtests.report.markup import Markup, join, prose, tag
from loadtests.report.palette import KINDS, kind_swatch, swatch
from loadtests.report.reading import numeric_rows, rows
from loadtests.report.stampede import Bar, Event
from loadtests.report.trials import sentences
from loadtests.report.trials.names import few, left_out
from loadtests.report.trials.run import Run, Scenario, Subject, Trial

# All lanes of a page together, of the 300 KB that it may take; a chart, and each bar in it.
_BYTES, _CHART_BYTES, _BAR_BYTES = 84_000, 1_150, 14
# With more charts than this, a subject whose event is over in the close-up has no other picture.
_MANY_CHARTS = 18
_FEWEST, _MOST = 40, 500
# Of a kind with so few bars every one is kept: one load among 499 waiters is the story.
_RARE = 12

SINCE = {"cold": "it was dropped", "natural": "the traffic began"}


@dataclass(frozen=True)
class Lane:
    """One subject's event, with the bars that are drawn, and the time axes to draw it on."""

    subject: Subject
    trial: Trial
    event: Event
    spans_ms: list[float]


@dataclass(frozen=True)
class Scene:
    """One scenario's lanes, out of so many subjects (`of`), and the axes that they share."""

    scenario: Scenario
    lanes: list[Lane]
    spans_ms: list[float]
    top_loads: float
    of: int

    @property
    def since(self) -> str:
        """From when time counts."""
        return SINCE.get(self.scenario.table, "the phase began")


def scenes(run: Run) -> list[Scene]:
    """Every scenario whose requests were kept one by one, of the median repeat."""
    found = {scenario.name: _events(run, scenario) for scenario in run.scenarios}
    kept = [one for one in run.scenarios if found[one.name]]
    made = [
        _scene(one, few(found[one.name], 2 * len(kept), run.detail), len(found[one.name]))
        for one in kept
    ]
    every = sum(len(scene.spans_ms) * len(scene.lanes) for scene in made)
    made = [_without_slivers(scene) for scene in made] if every > _MANY_CHARTS else made
    charts = sum(len(lane.spans_ms) for scene in made for lane in scene.lanes)
    each = int(run.detail * _BYTES) // max(1, charts) - _CHART_BYTES
    return [_thinned(scene, max(_FEWEST, min(_MOST, each // _BAR_BYTES))) for scene in made]


def _events(run: Run, scenario: Scenario) -> list[tuple[Subject, Trial, Event]]:
    found = []
    for subject in run.played(scenario.name):
        trial = run.median_trial(scenario, subject)
        if trial and (bars := _bars(trial)):
            loads = sorted(numeric_rows(trial.drawing, "loads_timeline", width=2))
            peak = max((n for _, n in stampede.concurrency(loads)), default=0)
            event = Event(subject.name, bars, loads, float(peak))
            found.append((subject, trial, event))
    return found


def _scene(scenario: Scenario, found: list[tuple[Subject, Trial, Event]], of: int) -> Scene:
    spans = stampede.windows_ms([event for _, _, event in found])
    lanes = [Lane(*one, spans_ms=spans) for one in found]
    top = max((event.peak or 0 for _, _, event in found), default=0)
    return Scene(scenario, lanes, spans, max(top, 1), of)


def _without_slivers(scene: Scene) -> Scene:
    close = scene.spans_ms[0]
    lanes = [
        replace(lane, spans_ms=[close]) if lane.event.end_ms <= close else lane
        for lane in scene.lanes
    ]
    return replace(scene, lanes=lanes)


def _thinned(scene: Scene, most: int) -> Scene:
    return replace(scene, lanes=[replace(one, event=_some(one.event, most)) for one in scene.lanes])


def _some(event: Event, most: int) -> Event:
    return replace(event, bars=thinned(event.bars, most), every=tuple(event.bars))


def _bars(trial: Trial) -> list[Bar]:
    return sorted(
        (start, end, str(kind))
        for start, end, kind in (row[:3] for row in rows(trial.drawing, "timeline", width=3))
        if isinstance(start, int | float) and isinstance(end, int | float)
    )


def thinned(bars: list[Bar], most: int) -> list[Bar]:
    """About `most` bars, evenly chosen; of what happened to few requests all are kept."""
    if len(bars) <= most:
        return bars
    kinds = [kind for _, _, kind in bars]
    rare = {kind for kind in set(kinds) if kinds.count(kind) <= _RARE}
    step = len(bars) / most
    chosen = {int(place * step) for place in range(most)}
    return [bar for place, bar in enumerate(bars) if place in chosen or bar[2] in rare]


def section(run: Run) -> Markup | None:
    """The lanes of every scenario that has some."""
    found = scenes(run)
    if not found:
        return None
    how = (
        "One bar a request, from its intended start to its answer, the first to arrive on top. "
        "Below the bars: how many loads of the same entry ran at that time, on one scale for all. "
        "Drawn is the median repeat."
    )
    figures = [_figure(run, scene) for scene in found]
    return join(
        tag("h2", "The stampede, request by request"), tag("p", how, class_="fine"), *figures
    )


def _figure(run: Run, scene: Scene) -> Markup:
    seen = {bar[2] for lane in scene.lanes for bar in lane.event.bars}
    items = [tag("li", kind_swatch(kind), kind.label) for kind in KINDS if kind.key in seen]
    said = sentences.stampede(run, scene.scenario, [lane.trial for lane in scene.lanes])
    said += left_out(len(scene.lanes), scene.of)
    caption = tag(
        "figcaption", tag("h3", scene.scenario.name), tag("span", prose(said), class_="how")
    )
    legend = tag("ul", *items, class_="legend")
    return tag("figure", caption, legend, *(_lane(lane, scene) for lane in scene.lanes))


def _lane(lane: Lane, scene: Scene) -> Markup:
    charts = [
        tag("div", stampede.chart(lane.event, span, scene.top_loads, scene.since))
        for span in lane.spans_ms
    ]
    drawn, every = len(lane.event.bars), len(lane.event.requests)
    some = f" Drawn: {units.count(drawn)} of {units.count(every)}." if drawn < every else ""
    said = prose(f"{sentences.one_stampede(lane.trial)}{some}")
    return tag(
        "div",
        tag("h3", swatch(lane.subject.key), lane.subject.name),
        tag("p", said),
        tag("div", *charts, class_="pair"),
        class_="lane",
    )
