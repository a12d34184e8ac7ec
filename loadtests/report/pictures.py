"""The figures of the page: each a chart, its sentence, and how to read it."""

from loadtests.report import over_time, percentiles, rates, sentences, stampede, units
from loadtests.report.markup import Markup, join, prose, tag
from loadtests.report.measures import rate_title
from loadtests.report.palette import KINDS, kind_swatch, swatch
from loadtests.report.percentiles import Curve, curves
from loadtests.report.plot import Axis, latency_axis
from loadtests.report.reading import ROLES, STRATEGIES, Result, number, strategy

_RATES = ("low", "high")


def stampedes(result: Result) -> Markup | None:
    """Every strategy's stampede on the same axes, close up and whole."""
    found = stampede.events(result)
    if not found:
        return None
    spans = stampede.windows_ms(found)
    top = max(max((n for _, n in stampede.concurrency(e.loads)), default=1) for e in found)
    lanes = [_lane(result, event, spans, max(top, 1)) for event in found]
    how = (
        "One bar a request, from its intended start to its answer, the first to arrive on top. "
        "Below the bars: how many loads of the list ran at that time, on one scale for all."
    )
    if len(spans) > 1:
        close = units.duration(spans[0])
        how += f" The first picture shows the first {close}, the second the whole event."
    caption = tag(
        "figcaption", prose(sentences.stampede(result)), tag("span", prose(how), class_="how")
    )
    return join(
        tag("h2", "The stampede, request by request"),
        tag("figure", caption, _kinds(found), *lanes, class_="lanes"),
    )


def latency_over_time(result: Result) -> Markup | None:
    """Both rates on one latency axis."""
    series = {rate: over_time.windows(result, rate) for rate in _RATES}
    lines = [line for found in series.values() for line in found]
    if not lines:
        return None
    y = latency_axis([ms for line in lines for row in line.rows for ms in row[1:3]])
    figures = [
        _figure(
            rate_title(result, rate),
            sentences.phase(result, rate),
            over_time.chart(found, y, rate_title(result, rate)),
        )
        for rate, found in series.items()
        if found
    ]
    how = (
        "Line: p50 of each tenth of a second; shade: from there up to its p99. Time counts from "
        "the start of each strategy's own phase. The latency axis is logarithmic, and the same in "
        "all pictures of this section."
    )
    return _section("Latency over time", how, figures)


def latency_percentiles(result: Result) -> Markup | None:
    """Both rates' curves on one latency axis."""
    found = {rate: curves(result, rate) for rate in _RATES}
    every = [curve for some in found.values() for curve in some]
    if not every:
        return None
    y = latency_axis([ms for curve in every for _, ms in (curve.points[0], curve.points[-1])])
    figures = [_curves(result, rate, some, y) for rate, some in found.items() if some]
    how = "Read upwards from a percentage: so many requests were answered within that time."
    return _section("Latency, percentile by percentile", how, figures)


def _curves(result: Result, rate: str, found: list[Curve], y: Axis) -> Markup:
    title, sentence = rate_title(result, rate), sentences.percentiles(result, rate)
    picture = percentiles.chart(found, y, f"{title}: {sentence}")
    return _figure(title, sentence, picture, _numbers(result, rate, found))


def planned(result: Result) -> Markup | None:
    """Planned against achieved, for the phases that had a rate to keep."""
    found = rates.planned_phases(result)
    if not found:
        return None
    how = tag("span", "Bar: answered per second. Upright: what was planned.", class_="how")
    caption = tag("figcaption", prose(sentences.rates(found)), how)
    return join(
        tag("h2", "Planned against achieved"),
        tag("figure", caption, rates.chart(found), class_="rates"),
    )


def _lane(result: Result, event: stampede.Event, spans: list[float], top: float) -> Markup:
    charts = [tag("div", stampede.chart(event, span, top)) for span in spans]
    return tag(
        "div",
        tag("h3", swatch(event.name), event.name, tag("small", ROLES[event.name])),
        tag("p", prose(sentences.one_stampede(result, event))),
        tag("div", *charts, class_="pair"),
        class_="lane",
    )


def _kinds(found: list[stampede.Event]) -> Markup:
    seen = {kind for event in found for _, _, kind in event.bars}
    items = [tag("li", kind_swatch(kind), kind.label) for kind in KINDS if kind.key in seen]
    return tag("ul", *items, class_="legend")


def _section(title: str, how: str, figures: list[Markup]) -> Markup:
    names = [tag("li", swatch(name), name) for name in STRATEGIES]
    legend = tag("ul", *names, class_="legend")
    return join(
        tag("h2", title), tag("p", how, class_="fine"), legend, tag("div", *figures, class_="pair")
    )


def _figure(title: str, sentence: str, chart: Markup, below: Markup | None = None) -> Markup:
    caption = tag("figcaption", tag("h3", prose(title)), tag("span", prose(sentence), class_="how"))
    return tag("figure", caption, chart, below)


def _numbers(result: Result, rate: str, found: list[Curve]) -> Markup:
    key = "latency_ms" if rate == "low" else "latency_ms_at_high"
    parts = ("p50", "p95", "p99", "max")
    head = [tag("th", text, scope="col") for text in ("", *parts, "answers")]
    body = []
    for curve in found:
        values = [number(strategy(result, curve.name), key, part) for part in parts]
        cells = [tag("td", units.UNKNOWN if ms is None else units.duration(ms)) for ms in values]
        cells.append(tag("td", units.count(curve.answered)))
        body.append(tag("tr", tag("th", curve.name, scope="row"), *cells))
    inside = tag("table", tag("thead", tag("tr", *head)), tag("tbody", *body), class_="small")
    return tag(
        "details", tag("summary", "The same in numbers"), tag("div", inside, class_="scroll")
    )
