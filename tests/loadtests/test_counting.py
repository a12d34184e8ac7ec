"""Loads of several processes are merged, and two ways to count statements must agree."""

import random

from loadtests.counting import intervals, peak_concurrent
from loadtests.services import Load
from loadtests.statements import Statements


def load(start_s: float, end_s: float, kind: str = "top") -> Load:
    """A load of the wanted kind."""
    return Load(id=1, kind=kind, key="top:{day}", start_s=start_s, end_s=end_s, ok=True)


def test_loads_of_all_processes_stand_on_one_clock() -> None:
    """Sorted by start, other kinds left out."""
    found = intervals([load(2, 3), load(1, 4), load(0, 9, kind="post")], kind="top")
    assert found == [(1, 4), (2, 3)]


def test_peak_counts_loads_that_were_open_together() -> None:
    """Three at 2.5, never four."""
    assert peak_concurrent([(0, 3), (1, 4), (2, 5), (4.5, 6)]) == 3


def test_a_load_that_ends_when_another_begins_is_not_beside_it() -> None:
    """One after the other is no stampede."""
    assert peak_concurrent([(0, 1), (1, 2), (2, 3)]) == 1


def test_no_loads_have_no_peak() -> None:
    """A warm cache answers without any."""
    assert peak_concurrent([]) == 0


def test_peak_agrees_with_looking_at_every_start() -> None:
    """The most is reached when one starts."""
    rng = random.Random(4)
    spans = [(at, at + rng.uniform(0, 3)) for at in (rng.uniform(0, 20) for _ in range(300))]
    expected = max(sum(a <= start < b for a, b in spans) for start, _ in spans)
    assert expected == peak_concurrent(spans)


def test_counts_of_a_window_are_differences_on_both_sides() -> None:
    """What was there before belongs to nobody's window."""
    window = Statements(130, 1_030) - Statements(100, 1_000)
    assert Statements(30, 30) == window
    assert window.agree is True


def test_a_disagreement_is_noticed() -> None:
    """One statement is enough."""
    assert (Statements(30, 31) - Statements(0, 0)).agree is False


def test_what_failed_is_taken_off() -> None:
    """The database never counts it: neither more nor less may be missing."""
    assert Statements(30, 28, failed=2).agree is True
    assert Statements(30, 29, failed=2).agree is False
    assert Statements(30, 27, failed=2).agree is False


def test_what_was_cut_off_leaves_room_for_itself_alone() -> None:
    """Nobody knows how far it got."""
    found = [Statements(30, seen, failed=2, cut_off=1).agree for seen in (26, 27, 28, 29)]
    assert [False, True, True, False] == found


def test_a_difference_may_be_failures_where_those_are_not_told() -> None:
    """Of an older service: neither right nor wrong."""
    assert Statements(30, 28, failed=None).agree is None
    assert Statements(30, 30, failed=None).agree is True


def test_counts_without_a_quiet_moment_are_doubted_in_words_of_their_own() -> None:
    """They may differ or not: it says nothing."""
    restless = Statements(30, 30, quiet=False) - Statements(0, 0)
    assert restless.agree is None
    assert "no quiet moment" in (restless.doubt or "")
    assert "30 statements, 2 of them failed, the database 27" in (
        Statements(30, 27, failed=2).doubt or ""
    )
    assert Statements(30, 30).doubt is None


def test_a_database_that_does_not_count_neither_agrees_nor_disagrees() -> None:
    """Unknown is not zero."""
    window = Statements(130, None) - Statements(100, None)
    assert Statements(30, None) == window
    assert window.agree is None
