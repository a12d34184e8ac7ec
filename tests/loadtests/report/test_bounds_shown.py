"""A number that may be any more is never shown as if it were known."""

from loadtests.report.showing import bounded, ends, middle
from loadtests.trials.bounds import Known, spread_of_known
from loadtests.trials.schema import Spread


def spread(*values: Known) -> Spread:
    """Of these repeats."""
    return spread_of_known(values, of=len(values))


def test_a_bound_is_shown_as_one() -> None:
    """In its unit; a time until something was over as not within."""
    assert "≥ 4,000 ms" == bounded("4,000 ms", "ms")
    never = spread((8.0, True), (8.0, True))
    assert "not within 8,000 ms" == middle(never, "s")
    assert "all ≥ 8,000 ms" == ends(never, "s")


def test_a_spread_shows_which_of_its_ends_is_a_bound() -> None:
    """The quickest repeat is known, the slowest is not."""
    found = spread((120.0, False), (130.0, False), (4_000.0, True))
    assert "130 ms" == middle(found, "ms")
    assert "120 ms to ≥ 4,000 ms" == ends(found, "ms")


def test_a_spread_of_known_numbers_is_shown_as_ever() -> None:
    """The unit once."""
    assert "120\N{EN DASH}130 ms" == ends(spread((120.0, False), (130.0, False)), "ms")
