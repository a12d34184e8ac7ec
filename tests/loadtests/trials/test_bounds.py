"""Figures that may be any more than their number, in order with those that are known."""

from math import inf

from loadtests.trials.bounds import greatest, spread_of_known

WATCHED_S = 8.0


def test_who_never_came_back_is_later_than_whoever_did() -> None:
    """Two of five came back: the median is that of one who did not."""
    values = [(1.0, False), (2.0, False), *[(WATCHED_S, True)] * 3]
    found = spread_of_known(values, of=5)
    assert (1.0, WATCHED_S, WATCHED_S) == (found["least"], found["median"], found["most"])
    assert ["median", "most"] == found["at_least"]
    assert (1.0, inf) == (greatest(found, "least"), greatest(found, "median"))


def test_a_majority_that_came_back_has_a_median_that_is_known() -> None:
    """Only the most is a bound."""
    values = [(1.0, False), (2.0, False), (3.0, False), (WATCHED_S, True)]
    assert ["most"] == spread_of_known(values[1:], of=3)["at_least"]
    # The middle of the second and the third of four, both of which are known.
    assert (2.5, ["most"]) == (
        spread_of_known(values, of=4)["median"],
        spread_of_known(values, of=4)["at_least"],
    )


def test_a_bound_below_a_known_number_makes_it_a_bound() -> None:
    """At least 4 s may be 9 s, and then 6 s is the least of the two."""
    found = spread_of_known([(4.0, True), (6.0, False)], of=2)
    assert (4.0, 6.0) == (found["least"], found["most"])
    assert ["median", "least", "most"] == found["at_least"]


def test_known_numbers_have_no_bounds() -> None:
    """And the file says nothing of any."""
    assert "at_least" not in spread_of_known([(4.0, False), (6.0, False)], of=2)
