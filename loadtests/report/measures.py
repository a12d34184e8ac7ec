"""From a result to the rows of the before/after table."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from loadtests.report import units
from loadtests.report.change import Better, change, is_worse, points
from loadtests.report.reading import STRATEGIES, Result, at, is_valid, number, strategy, why_unknown
from loadtests.report.table import Cell, Notes, Row, Section, Table

Show = Callable[[float], str]


@dataclass(frozen=True)
class Measure:
    """One row to be: where its figure stands in a strategy, and how to print it."""

    label: str
    path: tuple[str, ...]
    show: Show
    better: Better = "less"
    claim: str = ""
    note: str = ""


def table(result: Result) -> Table:
    """The whole table, footnotes included."""
    notes = Notes()
    sections = tuple(
        Section(title, tuple(_row(result, measure, notes) for measure in measures))
        for title, measures in _sections(result)
    )
    return Table(sections, tuple(notes.texts))


def rate_title(result: Result, which: str) -> str:
    """At 84/s, ½ naive's knee: the low rate; or the high one, ⅘ layered's."""
    rule = "½ naive's knee" if which == "low" else "⅘ layered's knee"
    rate = number(result, "rates", which)
    return f"At {units.per_second(rate)}, {rule}" if rate is not None else f"At {rule}"


def claim(result: Result, measure: str, show: Show) -> str:
    """The article's own before and after, as it gives them."""
    before = number(result, "article", measure, "before")
    after = number(result, "article", measure, "after")
    if before is None or after is None:
        return ""
    return f"{show(before)} → {show(after)}"


def _sections(result: Result) -> Iterable[tuple[str, list[Measure]]]:
    yield "The cache", _cache(result)
    yield rate_title(result, "low"), _latency("latency_ms", "")
    latency_claim = claim(result, "latency_ms", lambda value: f"{value:,.0f} ms")
    yield rate_title(result, "high"), _latency("latency_ms_at_high", latency_claim)
    yield "Capacity and work", _work(result)
    yield _stampede_title(result), _STAMPEDE


def _cache(result: Result) -> list[Measure]:
    gigabytes = claim(result, "memory_gb", lambda value: f"{value:,.0f} GB")
    before, after = (number(result, "article", "memory_gb", end) for end in ("before", "after"))
    if before and after is not None:
        gigabytes += f" ({100 * after / before:.0f} %)"
    dollar_path = ("dollars_per_month_article_scale",)
    entry = "bytes_per_post_entry"
    return [
        Measure("Bytes", ("cache_bytes",), units.size, claim=gigabytes),
        Measure(
            "Dollars a month",
            dollar_path,
            units.dollars,
            claim=claim(result, "dollars_per_month", units.dollars),
            note=_dollar_note(result),
        ),
        Measure("Keys", ("cache_keys",), units.count, "neither"),
        Measure("Keys without TTL", ("cache_keys_without_ttl",), units.count),
        Measure("A post's entry, mean", (entry, "mean"), units.size),
        Measure("A post's entry, p99", (entry, "p99"), units.size),
    ]


def _latency(key: str, mean_claim: str) -> list[Measure]:
    return [
        Measure("Latency, mean", (key, "mean"), units.duration, claim=mean_claim),
        Measure("Latency, p50", (key, "p50"), units.duration),
        Measure("Latency, p99", (key, "p99"), units.duration),
    ]


def _work(result: Result) -> list[Measure]:
    hit_claim = claim(result, "hit_rate", lambda value: f"{100 * value:.0f} %")
    budget = "hit_rate_equal_budget"
    return [
        Measure("Knee, requests/s", ("knee_per_s",), units.three_digits, "more"),
        Measure("Hit rate", ("hit_rate",), units.share, "more"),
        Measure("Hit rate, equal budget", (budget,), units.share, "more", hit_claim, _BUDGET),
        Measure("SQL per request", ("sql_per_request",), units.three_digits),
    ]


_BUDGET = (
    "Equal budget: every strategy gets 9/32 of the bytes that naive used without a limit "
    "(the article's 9 of 32 GB), and evicts the least recently used."
)

_STAMPEDE = [
    Measure("Loads of the list", ("stampede", "loads"), units.count),
    Measure("Loads at once, peak", ("stampede", "peak_concurrent_loads"), units.count),
    Measure("Latency, p99", ("stampede", "p99_ms"), units.duration),
    Measure("Errors", ("stampede", "errors"), units.count),
]


def _stampede_title(result: Result) -> str:
    asked = [number(strategy(result, name), "stampede", "requests") for name in STRATEGIES]
    known = {units.count(value) for value in asked if value is not None}
    return f"Stampede of {known.pop()} requests" if len(known) == 1 else "Stampede"


def _dollar_note(result: Result) -> str:
    price = number(result, "price_dollars_per_gb_month")
    gigabytes = number(result, "article", "memory_gb", "before")
    if price is None or gigabytes is None:
        return "Dollars at the article's price."
    return (
        f"Dollars a month = {gigabytes:.0f} GB × ${price:,.0f} per GB × bytes ÷ naive's bytes: "  # noqa: RUF001
        f"the article's price, scaled so that naive holds the article's {gigabytes:.0f} GB. "
        "Only the ratio is measured here."
    )


def _row(result: Result, measure: Measure, notes: Notes) -> Row:
    values = [number(strategy(result, name), *measure.path) for name in STRATEGIES]
    label = Cell(measure.label, (notes.mark(measure.note),) if measure.note else ())
    cells = tuple(
        _cell(result, name, measure, value, notes)
        for name, value in zip(STRATEGIES, values, strict=True)
    )
    # A comparison is a verdict, and an invalid run gets none.
    before, after = (values[0], values[-1]) if is_valid(result) else (None, None)
    compare = points if measure.show is units.share else change
    worse = is_worse(before, after, measure.better)
    return Row(label, cells, compare(before, after), worse, measure.claim)


def _cell(result: Result, name: str, measure: Measure, value: float | None, notes: Notes) -> Cell:
    if value is None:
        why = why_unknown(result, name, measure.path[0])
        return Cell(units.UNKNOWN, (notes.mark(f"{why[:1].upper()}{why[1:]}."),))
    marks = _caveats(result, name, measure.path[0])
    return Cell(measure.show(value), tuple(map(notes.mark, marks)))


def _caveats(result: Result, name: str, key: str) -> list[str]:
    figure = partial(number, strategy(result, name))
    if key == "latency_ms_at_high" and at(strategy(result, name), "saturated_at_high"):
        planned, achieved = number(result, "rates", "high"), figure("achieved_at_high_per_s")
        return [_saturated(name, planned, achieved, figure("dropped_at_high"))]
    if key == "knee_per_s" and at(strategy(result, name), "knee_reached") is False:
        return [f"{name}: not saturated at the highest rate tried; its knee lies higher."]
    return []


def _saturated(
    name: str, planned: float | None, achieved: float | None, dropped: float | None
) -> str:
    did = (
        f"{units.per_second(achieved)} of {units.per_second(planned)}"
        if (planned is not None and achieved is not None)
        else "less than was asked"
    )
    lost = f", {units.plural(dropped, 'start')} dropped" if dropped else ""
    return (
        f"{name} could not keep up: it answered {did}{lost}. Latency is of answered requests, from "
        "the intended start, and grows as long as such a phase lasts."
    )
