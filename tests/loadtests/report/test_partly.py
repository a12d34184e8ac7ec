"""A broken phase takes what rests on it, and nothing else."""

import pytest

from loadtests.report.measures import table
from loadtests.report.reading import Result, state
from loadtests.report.units import UNKNOWN
from loadtests.report.verdict import NO_VERDICT, headline, judged

from .drawing import everything, flat, terminal
from .made_up import LATE, broke, drawn, invalid, missed, partly

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
    assert f"No verdict rests on this: article ramp: {LATE}." == found.notes[article.notes[0] - 1]


def test_there_are_three_states() -> None:
    """Nothing broke, something did, nothing is left."""
    assert state(drawn()) == "valid"
    assert state(drawn(partly)) == "partly"
    assert state(drawn(invalid)) == "invalid"
    assert state({}) == "invalid"


def all_open(result: Result) -> None:
    for goal in result["goals"]:
        goal["met"] = None


def shared(result: Result) -> None:
    result["conditions"]["shared_stores"] = True


def untold(result: Result) -> None:
    result["conditions"]["shared_stores"] = None


def no_phases(result: Result) -> None:
    result["conditions"]["phases"] = []


@pytest.mark.parametrize("change", [all_open, shared, untold, no_phases])
def test_a_broken_run_of_which_nothing_is_left_is_invalid(change: object) -> None:
    """Every goal open, stores shared or not told, no phases: the alarm, as loud as ever."""
    result = drawn(partly)
    assert callable(change)
    change(result)
    assert state(result) == "invalid"
    assert {goal.outcome for goal in judged(result)} == {"open"}
    for name, text in everything(result).items():
        assert NO_VERDICT in text, name
        assert not {"✓", "✗"} & set(text), name


def test_shared_stores_alone_break_nothing() -> None:
    """What cannot be known there is open with its reason, as before."""
    assert state(drawn(shared)) == "valid"


def test_a_run_that_names_no_broken_phase_is_not_partly_valid() -> None:
    """It says that it is not valid, and not what of it: nothing can be trusted."""
    result = drawn()
    result["conditions"]["valid"] = False
    assert state(result) == "invalid"


def test_a_broken_phase_is_believed_over_the_whole() -> None:
    """A run that calls itself valid with a broken phase is not."""
    result = drawn(partly)
    result["conditions"]["valid"] = True
    assert state(result) == "partly"


def test_a_partly_valid_run_is_told_calmly() -> None:
    """Headline, fault and open goal in every table; no alarm anywhere."""
    for name, text in everything(drawn(partly)).items():
        said = flat(text)
        assert NO_VERDICT not in said, name
        assert "1 of 18 phases broke its conditions" in said, name
        if name in TABLES:
            expected = "11 of 12 goals met, 1 without a verdict: 1 of 18 phases broke its"
            assert expected in said, name
            assert f"No verdict: naive stampede: {LATE}" in said, name
            assert "✓" in said, name


def test_the_broken_phases_are_listed_after_the_goals() -> None:
    """On the terminal a line each, in a box on the page, quoted in Markdown."""

    def two(result: Result) -> None:
        partly(result)
        broke(result, "article", "high", "others were at work")

    result = drawn(two)
    lines = [line.strip() for line in terminal(result).splitlines()]
    first = lines.index(f"• naive stampede: {LATE}") if two else 0
    listed = lines[first - 1 : first + 1]
    assert "• article high: others were at work" in listed
    assert first > max(place for place, line in enumerate(lines) if line.startswith("✓"))
    found = everything(result)
    assert f"\n> - naive stampede: {LATE}\n" in found["markdown"]
    box = found["html"].partition('<section class="broken" role="note">')[2].partition("</sect")[0]
    assert f"naive stampede: {LATE}" in flat(box)
    assert "2 of 18 phases broke their conditions." in box
    assert 'role="alert"' not in found["html"]


def test_nothing_is_listed_when_nothing_broke() -> None:
    """A valid run has no box; an invalid one has the alarm instead."""
    for result in (drawn(), drawn(invalid)):
        for name, text in everything(result).items():
            assert "its conditions. What rests on" not in flat(text), name
        assert 'class="broken"' not in everything(result)["html"]


@pytest.mark.parametrize(
    ("phase", "expected"),
    [
        ("high", "12 of 12 goals met. 1 of 18 phases broke its conditions."),
        ("stampede", "11 of 12 goals met, 1 without a verdict: 1 of 18 phases broke its"),
    ],
)
def test_the_headline_blames_a_phase_only_for_what_it_took(phase: str, expected: str) -> None:
    """No goal rests on article's high rate."""
    assert headline(drawn(lambda result: broke(result, "article", phase))).startswith(expected)


def test_a_missed_goal_stays_missed_beside_a_broken_phase() -> None:
    """With its cause."""

    def both(result: Result) -> None:
        partly(result)
        missed(result)

    result = drawn(both)
    assert headline(result).startswith("10 of 12 goals met, 1 missed, 1 without a verdict: ")
    assert "The data set is too small." in flat(terminal(result))


def test_the_picture_compares_what_may_be_compared() -> None:
    """Bytes keep their change, loads of the stampede have none."""
    whole, cut = (everything(drawn(change))["picture"] for change in (None, partly))
    for change, kept in (("−84 %", True), ("÷ 480", False)):  # noqa: RUF001
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
