"""What happened during a trial: a dashed upright and its name, over everything else."""

from typing import Any

from loadtests.report.markup import Markup, join, tag
from loadtests.report.plot import Axis
from loadtests.report.reading import rows

_NEAR = 0.42  # of the width: on a phone a name that begins nearer to the last one runs into it
_LINE_PX = 13
_MOST_NAMED = 12

Events = list[tuple[float, str]]


def events(drawn: dict[str, Any]) -> Events:
    """(second, what happened) of a trial, in order."""
    return sorted(
        (float(row[0]), str(row[1]))
        for row in rows(drawn, "events", width=2)
        if isinstance(row[0], int | float)
    )


def marks(found: Events, x: Axis, height: int) -> Markup | None:
    """The uprights; of very many only the first few have their names written out."""
    if not found:
        return None
    uprights = "".join(f"M{x.unit(at):.0f} 0V{height}" for at, _ in found)
    stretched = tag(
        "svg",
        tag("path", d=uprights, class_="event"),
        width="100%",
        height=height,
        viewBox=f"0 0 1000 {height}",
        preserveAspectRatio="none",
    )
    return join(stretched, *_names(found[:_MOST_NAMED], x))


def _names(found: Events, x: Axis) -> list[Markup]:
    written: list[Markup] = []
    last, level, said = -1.0, 0, ""
    for at, what in found:
        if what == said:
            continue
        place = x.at(at)
        level = (level + 1) % 3 if place - last < _NEAR else 0
        last, said = place, what
        at_right = place > 0.6
        written.append(
            tag(
                "text",
                what,
                x=x.percent(at),
                y=-5 - level * _LINE_PX,
                dx=-4 if at_right else 4,
                class_="note end" if at_right else "note",
            )
        )
    return written
