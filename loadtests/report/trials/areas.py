"""Memory over time by prefix: stacked areas, a chart a subject, all on the same axes."""

from loadtests.report.markup import Markup, join, prose, tag
from loadtests.report.palette import swatch
from loadtests.report.plot import Axis, drawing
from loadtests.report.trials import events, sentences
from loadtests.report.trials.run import Run
from loadtests.report.trials.stacks import Rows, Stack, Stacks, found

HEIGHT_PX = 190
_NAME_PX = 12


def section(run: Run) -> Markup | None:
    """A chart a subject."""
    every = found(run)
    if not every:
        return None
    return join(tag("h2", "Memory over time, by prefix"), *map(_figure, every))


def _figure(stacks: Stacks) -> Markup:
    x, y = stacks.axes()
    items = [
        tag("li", tag("span", class_=f"patch layer-{place}"), name)
        for place, name in enumerate(stacks.prefixes)
    ]
    said = " ".join(words(stack) for stack in stacks.stacks)
    distorted = f" Not as in life: {stacks.scenario.distorts}." if stacks.scenario.distorts else ""
    caption = tag(
        "figcaption",
        tag("h3", stacks.scenario.name),
        tag("span", prose(f"{said}{distorted}"), class_="how"),
    )
    charts = [_chart(stack, stacks.prefixes, x, y) for stack in stacks.stacks]
    return tag(
        "figure",
        caption,
        tag("ul", *items, class_="legend"),
        tag("div", *charts, class_="pair"),
    )


def words(stack: Stack) -> str:
    """What the chart shows."""
    largest = max(stack.layers, key=lambda name: stack.layers[name][-1][1])
    return sentences.memory(stack.subject.name, stack.totals, largest)


def _chart(stack: Stack, prefixes: list[str], x: Axis, y: Axis) -> Markup:
    inside = drawing(
        HEIGHT_PX, x, y, paths=layers(stack, prefixes, x, y), over=marks(stack, prefixes, x, y)
    )
    picture = tag(
        "svg", inside, width="100%", height=HEIGHT_PX, role="img", aria_label=words(stack)
    )
    head = tag("h3", swatch(stack.subject.key), stack.subject.name)
    return tag("div", head, tag("div", picture, class_="plot areas"))


def layers(stack: Stack, prefixes: list[str], x: Axis, y: Axis) -> Markup:
    """The areas, the largest prefix at the bottom: each from its upper edge to the base.

    Those on top come first, so that the ones below lie over them.
    """
    paths = []
    for place, (low, high) in reversed(list(enumerate(_bands(stack, prefixes)))):
        if low != high:
            ends = f"V{HEIGHT_PX}H{x.unit(high[0][0]):.0f}z"
            drawn = f"M{_through(high, x, y)}{ends}"
            paths.append(tag("path", d=drawn, class_=f"layer layer-{place}"))
    return join(*paths)


def marks(stack: Stack, prefixes: list[str], x: Axis, y: Axis) -> Markup:
    """What happened meanwhile, and the names of the areas that have room for one."""
    drawn = [events.marks(stack.events, x, HEIGHT_PX)]
    for name, (low, high) in zip(prefixes, _bands(stack, prefixes), strict=True):
        bottom, top = y.down(low[-1][1], HEIGHT_PX), y.down(high[-1][1], HEIGHT_PX)
        if bottom - top >= _NAME_PX:
            middle = f"{(bottom + top) / 2:.0f}"
            drawn.append(tag("text", name[:14], x="100%", y=middle, dx=8, class_="end-label"))
    return join(*drawn)


def _bands(stack: Stack, prefixes: list[str]) -> list[tuple[Rows, Rows]]:
    """The lower and the upper edge of each prefix; equal where it holds nothing."""
    edge: Rows = [(t, 0.0) for t, _ in stack.totals]
    bands = []
    for name in prefixes:
        rows = stack.layers.get(name) or [(t, 0.0) for t, _ in edge]
        above = [(t, low + value) for (t, low), (_, value) in zip(edge, rows, strict=True)]
        bands.append((edge, above))
        edge = above
    return bands


def _through(points: Rows, x: Axis, y: Axis) -> str:
    return " ".join(f"{x.unit(t):.0f} {y.down(b, HEIGHT_PX):.0f}" for t, b in points)
