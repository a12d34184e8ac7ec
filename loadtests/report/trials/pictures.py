"""Pictures of a run as files of their own, for docs: each with its ground, style and words."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from loadtests.report import stampede
from loadtests.report.markup import Markup, join, tag
from loadtests.report.plot import drawing
from loadtests.report.reading import STRATEGIES
from loadtests.report.trials import areas, bars, ladder_page, lanes, sentences, stacks
from loadtests.report.trials.document import MARGIN, document
from loadtests.report.trials.ladder import is_ladder, measures
from loadtests.report.trials.lanes import Lane, Scene
from loadtests.report.trials.run import Run

_COLUMN, _GAP = 446, 36
_TOP = 84
_LANES = 3  # the best, the worst and one between say it all; the report has every one


def pictures(run: Run) -> Mapping[str, str]:
    """File name to SVG, of what this run has to show."""
    found = {"ladder.svg": _ladder(run), "stampede.svg": _stampede(run)}
    found["time-lapse.svg"] = "".join(_areas(run, one) for one in stacks.found(run)[:1])
    return {name: text for name, text in found.items() if text}


def _ladder(run: Run) -> str:
    found = measures(run)
    drawn = bars.panels(run, found, run.subjects) if is_ladder(run) and found else []
    if not drawn:
        return ""
    row_px = 40 + max(panel.height_px for panel in drawn)
    parts = []
    for place, panel in enumerate(drawn):
        x, y = _place(place, row_px)
        title = tag("text", panel.title, x=x, y=y, class_="measure")
        parts.append(join(title, _part(bars.rows(run, panel), x, y + 12, panel.height_px)))
    words = ladder_page.glance_words(run, found)
    height = _TOP + row_px * -(-len(drawn) // 2) + 30
    return document(run, "The article's ladder, a step at a time", words, parts, height)


def _stampede(run: Run) -> str:
    scenes = lanes.scenes(replace(run, detail=2.0))
    if not scenes:
        return ""
    scene = scenes[0]
    chosen = _chosen(scene.lanes)
    row_px = stampede.HEIGHT_PX + 118
    parts = [_lane(lane, scene, _TOP + row_px * place) for place, lane in enumerate(chosen)]
    words = sentences.stampede(run, scene.scenario, [lane.trial for lane in chosen])
    left = (
        f" {len(chosen)} of {len(scene.lanes)} are drawn." if len(chosen) < len(scene.lanes) else ""
    )
    title = f"{scene.scenario.name}: a bar a request"
    return document(run, title, f"{words}{left}", parts, _TOP + row_px * len(chosen) + 12)


def _chosen(found: Sequence[Lane]) -> list[Lane]:
    """Of many the article's story, or who took longest, the quickest, and one between."""
    if len(found) <= _LANES:
        return list(found)
    story = [lane for lane in found if lane.subject.name in STRATEGIES]
    if len(story) > 1:
        return story
    ranked = sorted(found, key=lambda lane: -lane.event.end_ms)
    picked = [ranked[0], ranked[len(ranked) // 2], ranked[-1]]
    return [lane for lane in found if lane in picked]


def _lane(lane: Lane, scene: Scene, top: int) -> Markup:
    said = sentences.one_stampede(lane.trial)
    parts = [
        tag("text", lane.subject.name, x=MARGIN, y=top + 10, class_="measure"),
        tag("text", said, x=MARGIN, y=top + 28),
    ]
    for place, span in enumerate(scene.spans_ms):
        x = stampede.time_axis(span, scene.since)
        paths, over = stampede.marks(lane.event, x, span, scene.top_loads)
        inside = drawing(stampede.HEIGHT_PX, x, None, paths=paths, over=over)
        left = MARGIN + place * (_COLUMN + _GAP)
        parts.append(_part(inside, left, top + 54, stampede.HEIGHT_PX))
    return join(*parts)


def _areas(run: Run, found: stacks.Stacks) -> str:
    x, y = found.axes()
    row_px = areas.HEIGHT_PX + 96
    parts = []
    for place, stack in enumerate(found.stacks):
        left, top = _place(place, row_px)
        inside = drawing(
            areas.HEIGHT_PX,
            x,
            y,
            paths=areas.layers(stack, found.prefixes, x, y),
            over=areas.marks(stack, found.prefixes, x, y),
        )
        name = tag("text", stack.subject.name, x=left, y=top, class_="measure")
        drawn = _part(inside, left + 64, top + 36, areas.HEIGHT_PX, _COLUMN - 150)
        parts.append(join(name, drawn))
    words = " ".join(areas.words(stack) for stack in found.stacks[:2])
    height = _TOP + row_px * -(-len(found.stacks) // 2) + 12
    return document(run, f"{found.scenario.name}: memory by prefix", words, parts, height)


def _place(place: int, row_px: int) -> tuple[int, int]:
    return MARGIN + (place % 2) * (_COLUMN + _GAP), _TOP + 10 + (place // 2) * row_px


def _part(inside: Markup, x: int, y: int, height: int, width: int = _COLUMN) -> Markup:
    return tag("svg", inside, x=x, y=y, width=width, height=height, overflow="visible")
