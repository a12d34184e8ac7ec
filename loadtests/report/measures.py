"""Which measures stand in the before/after table, under which titles."""

from collections.abc import Iterable

from loadtests.report import units
from loadtests.report.foundations import comparable
from loadtests.report.reading import STRATEGIES, Result, number, strategy
from loadtests.report.rows import Measure, Show, row
from loadtests.report.table import Notes, Section, Table


def table(result: Result) -> Table:
    """The whole table, footnotes included."""
    notes = Notes()
    sections = tuple(
        Section(title, tuple(row(result, measure, notes) for measure in measures))
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
        Measure("Bytes", ("cache_bytes",), units.size, claim=gigabytes, note=_bytes_note(result)),
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


def _bytes_note(result: Result) -> str:
    naive, article = (number(strategy(result, one), "cache_bytes") for one in ("naive", "article"))
    if naive is None or article is None or article <= naive:
        return ""
    return _EMPTIED if comparable(result, "cache_bytes", "naive", "article") else ""


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


_EMPTIED = (
    "naive holds less than article because every vote and comment empties the author's list and "
    "the feeds of all followers, which hold a copy of the post; what it lacks it loads again (see "
    "hit rate, SQL per request)."
)

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
