"""What may be compared, and what a figure needs to be told with it."""

import pytest

from loadtests.report.measures import table
from loadtests.report.reading import Result
from loadtests.report.rows import NO_VERDICT_HERE
from loadtests.report.units import UNKNOWN

from .drawing import everything, flat, terminal
from .made_up import broke, drawn, invalid, partly

TABLES = ("terminal", "markdown", "html")
LATENCY = {"Latency, mean", "Latency, p50", "Latency, p99"}
CACHE = {"Bytes", "Dollars a month", "Keys", "Keys without TTL"}
CACHE |= {"A post's entry, mean", "A post's entry, p99"}
BUDGET = {"Hit rate, equal budget"}
STAMPEDE = {"Loads of the list", "Loads at once, peak", "Latency, p99", "Errors"}
EMPTIED = "naive holds less than article because every vote and comment empties"


def without_change(result: Result) -> set[tuple[int, str]]:
    """Section and label of the rows whose change column is empty."""
    return {
        (place, row.label.text)
        for place, section in enumerate(table(result).sections)
        for row in section.rows
        if row.change == UNKNOWN
    }


def rows(place: int, labels: set[str]) -> set[tuple[int, str]]:
    """The same for given labels of one section: cache, low, high, work, stampede."""
    return {(place, label) for label in labels}


@pytest.mark.parametrize(
    ("strategy", "phase", "expected"),
    [
        ("naive", "warm", rows(0, CACHE) | rows(3, BUDGET)),
        ("layered", "warm", rows(0, CACHE)),
        ("layered", "top up", rows(1, LATENCY) | rows(3, {"Hit rate", "SQL per request"})),
        ("naive", "low", rows(1, LATENCY) | rows(3, {"Hit rate", "SQL per request"})),
        ("layered", "high", rows(2, LATENCY)),
        ("naive", "ramp", rows(3, {"Knee, requests/s"})),
        ("naive", "equal budget", rows(3, BUDGET)),
        ("layered", "equal budget, settling", rows(3, BUDGET)),
        ("naive", "stampede", rows(4, STAMPEDE)),
        ("article", "stampede", set()),
        ("article", "low", set()),
    ],
)
def test_exactly_the_rows_that_rest_on_a_broken_phase_have_no_change(
    strategy: str, phase: str, expected: set[tuple[int, str]]
) -> None:
    """Of naive or layered; the column compares no other."""
    assert without_change(drawn()) == set()
    assert expected == without_change(drawn(lambda result: broke(result, strategy, phase)))


def test_a_figure_of_a_broken_phase_has_a_footnote() -> None:
    """Article's too, whose column is in no comparison; its neighbours have none."""
    found = table(drawn(lambda result: broke(result, "article", "ramp")))
    row = next(row for row in found.sections[3].rows if row.label.text.startswith("Knee"))
    naive, article, layered = row.cells
    assert (naive.notes, layered.notes) == ((), ())
    assert NO_VERDICT_HERE == found.notes[article.notes[0] - 1]


def test_dollars_of_all_rest_on_naives_bytes() -> None:
    """They are scaled to them, so article's figure has the footnote of naive's warm trace."""
    found = table(drawn(lambda result: broke(result, "naive", "warm")))
    dollars = next(row for row in found.sections[0].rows if row.label.text == "Dollars a month")
    assert NO_VERDICT_HERE == found.notes[dollars.cells[1].notes[0] - 1]


def test_the_picture_says_what_got_worse() -> None:
    """A factor alone does not: of loads fewer are better, of a hit rate more."""

    def slower(result: Result) -> None:
        naive, layered = (result["strategies"][name] for name in ("naive", "layered"))
        layered["latency_ms_at_high"]["mean"] = 2 * naive["latency_ms_at_high"]["mean"]

    assert "worse" not in everything(drawn())["picture"]
    assert "× 2.0 worse" in everything(drawn(slower))["picture"]  # noqa: RUF001


def test_the_picture_compares_what_may_be_compared() -> None:
    """Bytes keep their change, loads of the stampede have none."""
    whole, cut = (everything(drawn(change))["picture"] for change in (None, partly))
    for change, kept in (("−84 %", True), ("÷ 474", False)):  # noqa: RUF001
        assert change in whole
        assert (change in cut) == kept


def larger_article(result: Result) -> None:
    """The article's fixes hold more than naive."""
    result["strategies"]["article"]["cache_bytes"] = 80_000_000


@pytest.mark.parametrize("name", TABLES)
def test_bytes_of_an_article_larger_than_naive_are_explained(name: str) -> None:
    """By a footnote, and only then."""
    assert EMPTIED in flat(everything(drawn(larger_article))[name])
    assert EMPTIED not in flat(everything(drawn())[name])


def test_bytes_that_prove_nothing_are_not_explained() -> None:
    """Neither of an invalid run nor from a warm trace that broke its conditions."""

    def broken(result: Result) -> None:
        larger_article(result)
        broke(result, "article", "warm")

    def alarming(result: Result) -> None:
        larger_article(result)
        invalid(result)

    for change in (broken, alarming):
        assert EMPTIED not in flat(terminal(drawn(change)))
