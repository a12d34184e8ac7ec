"""A run is valid, partly valid or invalid, and says so as loudly as that is."""

import pytest

from loadtests.report.reading import Result, state
from loadtests.report.verdict import NO_VERDICT, headline, judged

from .drawing import everything, flat, terminal
from .made_up import LATE, Change, broke, drawn, invalid, missed, partly

TABLES = ("terminal", "markdown", "html")


def test_there_are_three_states() -> None:
    """Nothing broke, something did, nothing is left."""
    assert state(drawn()) == "valid"
    assert state(drawn(partly)) == "partly"
    assert state(drawn(invalid)) == "invalid"
    assert state({}) == "invalid"


def all_open(result: Result) -> None:
    """No goal has a verdict."""
    for goal in result["goals"]:
        goal["met"] = None


def shared(result: Result) -> None:
    """The stores are not the run's alone."""
    result["conditions"]["shared_stores"] = True


def untold(result: Result) -> None:
    """Nobody knows whose the stores are."""
    result["conditions"]["shared_stores"] = None


def no_phases(result: Result) -> None:
    """Nothing is said of any phase."""
    result["conditions"]["phases"] = []


@pytest.mark.parametrize("change", [all_open, shared, untold, no_phases])
def test_a_broken_run_of_which_nothing_is_left_is_invalid(change: Change) -> None:
    """Every goal open, stores shared or not told, no phases: the alarm, as loud as ever."""
    result = drawn(partly)
    assert change
    change(result)
    assert state(result) == "invalid"
    assert {goal.outcome for goal in judged(result)} == {"open"}
    for name, text in everything(result).items():
        assert NO_VERDICT in text, name
        assert not {"✓", "✗"} & set(text), name


def test_shared_stores_alone_break_nothing() -> None:
    """What cannot be known there is open with its reason, as before."""
    assert state(drawn(shared)) == "valid"


def test_a_run_of_no_phases_is_invalid_whatever_it_calls_itself() -> None:
    """Nothing says that any condition was kept."""
    assert state(drawn(no_phases)) == "invalid"


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
            # The list says it, and the page's folded table; footnotes and goals lead there.
            assert (2 if name == "html" else 1) == said.count(LATE), name
            assert "✓" in said, name


def test_every_report_says_for_whom_limits_were_off() -> None:
    """And a run from before there were any says nothing of them."""

    def older(result: Result) -> None:
        del result["conditions"]["unlimited"]

    for name in TABLES:
        assert "rate limits off for 127.0.0.1/32" in flat(everything(drawn())[name]), name
        assert "rate limits" not in flat(everything(drawn(older))[name]), name


def test_an_open_goal_says_which_phase_took_its_verdict() -> None:
    """It alone is open."""
    found = [goal for goal in judged(drawn(partly)) if goal.outcome == "open"]
    assert [goal.strategy for goal in found] == ["naive"]
    assert found[0].cause == "No verdict: naive stampede broke its conditions."
    for name in ("markdown", "html"):
        assert found[0].cause in flat(everything(drawn(partly))[name]), name


def test_the_broken_phases_are_listed_after_the_goals() -> None:
    """On the terminal a line each, in a box on the page, quoted in Markdown."""

    def two(result: Result) -> None:
        partly(result)
        broke(result, "article", "high", "others were at work")

    result = drawn(two)
    lines = [line.strip() for line in terminal(result).splitlines()]
    first = lines.index(f"• naive stampede: {LATE}")
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
