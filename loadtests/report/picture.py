"""`before-after.svg`: four measures of three strategies, for a README.

It brings its own ground, so it is readable on any page; the ground follows the reader's theme where
the viewer honours that, and is light elsewhere.
"""

from collections.abc import Callable
from dataclasses import dataclass

from loadtests.report import units
from loadtests.report.change import Better, change, is_worse, points
from loadtests.report.foundations import comparable, how_many_broke
from loadtests.report.markup import Markup, join, tag
from loadtests.report.measures import claim
from loadtests.report.palette import LOOKS
from loadtests.report.reading import STRATEGIES, Result, at, number, state, strategy
from loadtests.report.verdict import INVALID_USE, NO_VERDICT, moment

_WIDTH, _HEIGHT = 1000, 420
_TILES = ((36, 108), (524, 108), (36, 240), (524, 240))
_BAR_X, _BAR_MOST, _BAR_PX, _ROW_PX = 70, 258, 16, 28


@dataclass(frozen=True)
class Tile:
    """One measure; `most` is the full length of a bar, None for the largest value."""

    title: str
    path: tuple[str, ...]
    show: Callable[[float], str]
    most: float | None = None
    better: Better = "less"


def picture(result: Result) -> str:
    """The SVG as a document of its own."""
    tiles = [
        tag("g", *_tile(result, tile), transform=f"translate({x} {y})")
        for tile, (x, y) in zip(_tiles(result), _TILES, strict=True)
    ]
    ground = tag("rect", x=0.5, y=0.5, width=_WIDTH - 1, height=_HEIGHT - 1, rx=12, class_="ground")
    drawn = tag(
        "svg",
        tag("title", _summary(result)),
        tag("style", Markup(_style())),
        ground,
        *_heading(result),
        *tiles,
        _footer(result),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        width=_WIDTH,
        height=_HEIGHT,
        role="img",
    )
    return f"{drawn}\n"


def _tiles(result: Result) -> list[Tile]:
    rate = number(result, "rates", "high")
    mean = f"Mean latency at {units.per_second(rate)}" if rate else "Mean latency, high rate"
    asked = (number(strategy(result, name), "stampede", "requests") for name in STRATEGIES)
    readers = next((value for value in asked if value), None)
    loads = "Stampede: loads" + (f" for {units.count(readers)} requests" if readers else "")
    return [
        Tile("Cache memory", ("cache_bytes",), units.size),
        Tile(mean, ("latency_ms_at_high", "mean"), units.duration),
        Tile("Hit rate at an equal budget", ("hit_rate_equal_budget",), units.share, 1.0, "more"),
        Tile(loads, ("stampede", "loads"), units.count),
    ]


def _tile(result: Result, tile: Tile) -> list[Markup]:
    values = {name: number(strategy(result, name), *tile.path) for name in STRATEGIES}
    most = tile.most or max((value for value in values.values() if value), default=1.0)
    marks = [tag("text", tile.title, y=0, class_="measure")]
    if comparable(result, tile.path[0]):
        marks.append(tag("text", _change(tile, values), x=440, y=0, class_="change"))
    for row, (name, value) in enumerate(values.items()):
        marks += _bar(name, value, most, tile.show, 16 + row * _ROW_PX)
    return marks


def _bar(
    name: str, value: float | None, most: float, show: Callable[[float], str], y: float
) -> list[Markup]:
    middle = y + _BAR_PX / 2
    length = 0.0 if value is None else max(2.0, _BAR_MOST * min(1.0, value / most))
    text = units.UNKNOWN if value is None else show(value)
    return [
        tag("text", name, x=0, y=middle, class_="name"),
        tag("rect", x=_BAR_X, y=y, width=f"{length:.1f}", height=_BAR_PX, rx=2, class_=name),
        tag("text", text, x=f"{_BAR_X + length + 8:.1f}", y=middle, class_="value"),
    ]


def _change(tile: Tile, values: dict[str, float | None]) -> str:
    before, after = values["naive"], values["layered"]
    said = points(before, after) if tile.show is units.share else change(before, after)
    if said == units.UNKNOWN:
        return ""
    return f"{said} worse" if is_worse(before, after, tile.better) else said


def _heading(result: Result) -> list[Markup]:
    if state(result) == "invalid":
        title, under, css = NO_VERDICT, INVALID_USE, "title alarm"
    else:
        title, css = "One feed, three ways to cache it", "title"
        under = "naive: an article's before · article: its six fixes · layered: Corral"
    if state(result) == "partly":
        under += f" · {how_many_broke(result)}"
    return [
        tag("text", title, x=36, y=44, class_=css),
        tag("text", under, x=36, y=66, class_="small"),
    ]


def _footer(result: Result) -> Markup:
    cores = number(result, "machine", "cores")
    where = f" on {units.plural(cores, 'core')}" if cores else ""
    quick = ", a quick run" if at(result, "quick") else ""
    written = f"Measured{where}{quick}, {moment(result)}. Right: naive → layered.{_behind(result)}"
    claims = [
        claim(result, "memory_gb", lambda value: f"{value:.0f} GB"),
        claim(result, "latency_ms", lambda value: f"{value:.0f} ms"),
        claim(result, "hit_rate", lambda value: f"{100 * value:.0f} %"),
    ]
    known = ", ".join(text for text in claims if text)
    quoted = f"The article claims for its own system: {known}." if known else ""
    return join(
        tag("text", written, x=36, y=376, class_="small"),
        tag("text", quoted, x=36, y=397, class_="small quoted"),
    )


def _behind(result: Result) -> str:
    slow = [name for name in STRATEGIES if at(strategy(result, name), "saturated_at_high")]
    rate = number(result, "rates", "high")
    if not slow or rate is None:
        return ""
    return f" At {units.per_second(rate)} {' and '.join(slow)} could not keep up."


def _summary(result: Result) -> str:
    said = []
    for tile in _tiles(result):
        values = [(name, number(strategy(result, name), *tile.path)) for name in STRATEGIES]
        shown = [f"{name} {tile.show(value)}" for name, value in values if value is not None]
        said.append(f"{tile.title}: {', '.join(shown) or 'not measured'}")
    prefixes = {"valid": "", "partly": f"{how_many_broke(result)}. ", "invalid": f"{NO_VERDICT}. "}
    return f"{prefixes[state(result)]}{'; '.join(said)}."


def _style() -> str:
    light = "".join(f".{name}{{fill:{look.light}}}" for name, look in LOOKS.items())
    dark = "".join(f".{name}{{fill:{look.dark}}}" for name, look in LOOKS.items())
    return (
        'text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif;'
        "fill:#1b2025;font-variant-numeric:tabular-nums}"
        ".ground{fill:#fff;stroke:#d5dadd}"
        ".title{font-size:21px;font-weight:650;letter-spacing:-.3px}.alarm{fill:#a83a00}"
        ".measure{font-size:15px;font-weight:650}"
        ".change{font-size:15px;font-weight:650;text-anchor:end}"
        ".name,.value{dominant-baseline:central}.value{font-size:14px;font-weight:600}"
        ".small,.name{fill:#57626c}.quoted{font-style:italic}"
        f"{light}"
        "@media(prefers-color-scheme:dark){text{fill:#e6eaed}.small,.name{fill:#a0acb6}"
        f".ground{{fill:#12161a;stroke:#38424a}}.alarm{{fill:#ff9a62}}{dark}}}"
    )
