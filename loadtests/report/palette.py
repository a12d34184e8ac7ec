"""Who has which colour, dash and marker, everywhere. Hues are Okabe and Ito's.

Colour is never the only cue: lines differ in dash and marker and are named at their end, what
happened to a request has a pattern and a legend.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from loadtests.report.markup import Markup, join, tag


class Look(NamedTuple):
    """Hue on white and on near-black, where the published hues are too dark for thin lines."""

    light: str
    dark: str
    dash: str
    marker: str


CIRCLE = "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z"
SQUARE = "M-3.6-3.6h7.2v7.2h-7.2z"
TRIANGLE = "M0-5L5 3.8H-5z"

LOOKS: Mapping[str, Look] = {
    "naive": Look("#D55E00", "#E8772E", "7 4", CIRCLE),
    "article": Look("#0072B2", "#3E9FDC", "2 3", SQUARE),
    "layered": Look("#009E73", "#1FB88C", "none", TRIANGLE),
}


class Kind(NamedTuple):
    """What happened to a request of the stampede."""

    key: str
    label: str


# Drawn in this order, so that the few loads and errors lie on top of the many that waited.
KINDS = (
    Kind("hit", "found it in the cache"),
    Kind("stale", "was served a stale copy"),
    Kind("collapsed", "waited for another's load"),
    Kind("miss", "ran the query itself"),
    Kind("error", "failed"),
)


def patterns() -> Markup:
    """Patterns of what happened to a request."""
    return join(_hatch(), _dots(), _cross())


def definitions(looks: Mapping[str, Look] = LOOKS) -> Markup:
    """Markers and patterns that every chart of the page refers to."""
    markers = [tag("path", id=f"marker-{name}", d=look.marker) for name, look in looks.items()]
    return tag(
        "svg",
        tag("defs", *markers, *map(_swatch, looks), patterns()),
        class_="definitions",
        width=0,
        height=0,
        aria_hidden="true",
    )


def marker(name: str, x: str, y: float) -> Markup:
    """The strategy's marker at x (a percentage) and y (pixels)."""
    return tag("use", href=f"#marker-{name}", x=x, y=f"{y:.1f}", class_=f"marker of-{name}")


def markers(name: str, places: Sequence[tuple[str, float]]) -> Markup:
    """The strategy's marker at each (x, y)."""
    signs = [tag("use", href=f"#marker-{name}", x=x, y=f"{y:.0f}") for x, y in places]
    return tag("g", *signs, class_=f"marker of-{name}")


def swatch(name: str) -> Markup:
    """A stroke with the strategy's colour, dash and marker, for use inside text."""
    sign = tag("use", href=f"#swatch-{name}")
    return tag("svg", sign, class_="swatch", width=30, height=14, aria_hidden="true")


def _swatch(name: str) -> Markup:
    line = tag("line", x1=0, x2=30, y1=7, y2=7, class_=f"line of-{name}")
    dot = tag("use", href=f"#marker-{name}", x=15, y=7, class_=f"marker of-{name}")
    return tag("g", line, dot, id=f"swatch-{name}")


def kind_swatch(kind: Kind) -> Markup:
    """A patch of the kind's colour and pattern."""
    patch = tag("rect", width=22, height=12, class_=f"kind-{kind.key}")
    return tag("svg", patch, class_="swatch", width=22, height=12, aria_hidden="true")


def _hatch() -> Markup:
    return tag(
        "pattern",
        tag("rect", width=6, height=6, class_="hatch-ground"),
        tag("path", d="M-1 5l2 2M0 0l6 6M5 -1l2 2", class_="hatch-line"),
        id="hatch",
        width=6,
        height=6,
        patternUnits="userSpaceOnUse",
    )


def _dots() -> Markup:
    return tag(
        "pattern",
        tag("rect", width=5, height=5, class_="dots-ground"),
        tag("circle", cx=2.5, cy=2.5, r=1, class_="dots-dot"),
        id="dots",
        width=5,
        height=5,
        patternUnits="userSpaceOnUse",
    )


def _cross() -> Markup:
    return tag(
        "pattern",
        tag("rect", width=5, height=5, class_="cross-ground"),
        tag("path", d="M0 0l5 5M5 0l-5 5", class_="cross-line"),
        id="cross",
        width=5,
        height=5,
        patternUnits="userSpaceOnUse",
    )
