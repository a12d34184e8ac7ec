"""Wilson's lower bound, against values worked out elsewhere."""

from itertools import product
from math import sqrt

import pytest

from service.feed.wilson import Z, lower_bound

# For n of n the bound is n / (n + z²), by hand; the others are r2's formula in a calculator.
KNOWN = {
    (1, 0): 0.3784,
    (0, 1): 0.0,
    (1, 1): 0.1643,
    (5, 1): 0.5747,
    (10, 0): 0.8589,
    (90, 10): 0.8549,
    (600, 400): 0.5800,
}


@pytest.mark.parametrize("votes", KNOWN)
def test_known_values(votes: tuple[int, int]) -> None:
    """To four places."""
    assert KNOWN[votes] == round(lower_bound(*votes), 4)


def test_the_bound_solves_the_equation_that_defines_it() -> None:
    """At the bound the share that was seen is `Z` standard errors away, and above it."""
    for ups, downs in product(range(30), repeat=2):
        if ups:
            bound, votes = lower_bound(ups, downs), ups + downs
            error = sqrt(bound * (1 - bound) / votes)
            assert ups / votes - bound == pytest.approx(Z * error, abs=1e-12)


def test_nobody_s_vote_is_no_merit() -> None:
    """Without upvotes the bound is nothing, and never below."""
    assert [lower_bound(0, downs) for downs in (0, 1, 1000)] == pytest.approx([0, 0, 0], abs=1e-15)


def test_more_of_the_same_is_worth_more() -> None:
    """A vote up raises the bound, a vote down lowers it; ten times the votes are surer."""
    for ups, downs in product(range(1, 40), repeat=2):
        here = lower_bound(ups, downs)
        assert lower_bound(ups + 1, downs) > here > lower_bound(ups, downs + 1)
        assert lower_bound(ups * 10, downs * 10) > here


def test_a_score_would_order_otherwise() -> None:
    """What the bound is for: few and clear beat many and divided."""
    assert lower_bound(20, 0) > lower_bound(120, 80)
    assert 20 - 0 < 120 - 80
