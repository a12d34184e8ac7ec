"""Which loads belong to one expiry, and what was served while it was met."""

import pytest

from loadtests.services import Load
from loadtests.trials.epochs import (
    Asked,
    Epoch,
    epochs_of,
    late_at_first,
    quickest_s,
    served_age_s,
)
from tests.loadtests.scenarios.seen import BEGAN_S, load

YOUNG_S = 0.25


def seen(at_s: float, end_s: float, outcome: str = "hit") -> Asked:
    """A request in seconds from the beginning."""
    return Asked(BEGAN_S + at_s, BEGAN_S + end_s, outcome)


def sizes(*loads: Load) -> list[int]:
    """How many loads each expiry has."""
    return [len(epoch.loads) for epoch in epochs_of(loads, young_s=YOUNG_S)]


def one(*loads: Load) -> Epoch:
    """The only expiry."""
    (epoch,) = epochs_of(loads, young_s=YOUNG_S)
    return epoch


def test_loads_that_overlap_are_one_expiry() -> None:
    """A herd of three, then one alone."""
    herd = [load(0.0, 0.1), load(0.05, 0.3), load(0.2, 0.4)]
    assert [3, 1] == sizes(*herd, load(5.0, 5.1))
    assert 2 == one(*herd).peak


def test_a_load_right_after_the_fill_is_of_the_same_expiry() -> None:
    """Whoever had looked before the fill was there loads as well: a second load, not an expiry."""
    assert [2] == sizes(load(0.0, 0.1), load(0.12, 0.2))


def test_what_took_a_life_to_load_expires_at_once() -> None:
    """Its data is that old when it comes: the next load is a refresh, and no second one."""
    assert [1, 1] == sizes(load(0.0, 0.5), load(0.52, 0.9))


def test_a_load_after_one_that_failed_is_of_the_same_expiry() -> None:
    """Nothing was filled in between, however long ago that was."""
    assert [2, 1] == sizes(load(0.0, 0.1, ok=False), load(3.0, 3.1), load(6.0, 6.1))


def test_a_load_after_a_life_is_an_expiry_of_its_own() -> None:
    """However soon it is over."""
    assert [1, 1] == sizes(load(0.0, 0.1), load(0.3, 0.35))


def test_the_first_fresh_answer_comes_after_the_first_fill() -> None:
    """Answers before it are old, and failed loads fill nothing."""
    epoch = one(load(1.0, 1.05, ok=False), load(1.02, 1.2))
    requests = [seen(1.0, 1.1, "stale"), seen(1.0, 1.25, "miss"), seen(1.21, 1.22, "error")]
    assert 250 == pytest.approx(epoch.first_fresh_ms(requests))


def test_nobody_gets_a_fresh_answer_where_no_load_succeeds() -> None:
    """A number would be made up."""
    assert one(load(1.0, 1.2, ok=False)).first_fresh_ms([seen(1.0, 1.3)]) is None


def test_the_request_that_loads_is_slow() -> None:
    """It was meant to start before its load began: where everybody else is served, it waits."""
    epoch = one(load(1.0, 1.2))
    assert 1 == epoch.slow([seen(0.995, 1.21, "miss"), seen(1.0, 1.002, "stale")], 0.05)


def test_who_fails_at_once_during_an_expiry_is_slow() -> None:
    """There was no answer to wait for."""
    assert 1 == one(load(1.0, 1.2)).slow([seen(1.1, 1.101, "error")], 0.05)


def test_slow_requests_are_those_that_waited_during_the_expiry() -> None:
    """A slow one before it is not its fault."""
    epoch = one(load(1.0, 1.2))
    requests = [seen(0.5, 0.9), seen(1.05, 1.2), seen(1.1, 1.102)]
    assert 1 == epoch.slow(requests, 0.1)


def test_requests_of_the_first_two_seconds_count_for_the_p99_of_expiries() -> None:
    """Later ones are everyday."""
    epochs = [one(load(1.0, 1.2))]
    late = late_at_first(epochs, [seen(1.0, 1.1), seen(3.5, 9.0)], 4.0)
    assert 1 == late.count
    assert 100 == pytest.approx(late.quantile_ms(0.99), rel=0.02)


def test_the_request_that_loads_is_in_the_p99_of_expiries() -> None:
    """It began before its load."""
    late = late_at_first([one(load(1.0, 1.2))], [seen(0.99, 1.21, "miss")], 4.0)
    assert 220 == pytest.approx(late.quantile_ms(0.99), rel=0.02)


def test_served_data_is_as_old_as_the_load_that_read_it() -> None:
    """Hits alone: who loaded or waited was given new data."""
    fills = [load(0.0, 0.2), load(5.0, 5.2)]
    requests = [seen(4.9, 5.1), seen(5.3, 5.31), seen(9.0, 9.9, "miss")]
    assert 5.1 == pytest.approx(served_age_s(fills, requests))


def test_nothing_is_said_of_data_whose_load_nobody_saw() -> None:
    """It may be of any age."""
    assert 0.0 == served_age_s([load(1.0, 1.2)], [seen(0.5, 0.6)])


def test_the_quickest_load_tells_what_a_load_takes() -> None:
    """In a herd they are in each other's way; one that failed took no time worth telling."""
    loads = [load(0.0, 0.3), load(0.0, 0.1), load(0.0, 0.01, ok=False)]
    assert 0.1 == pytest.approx(quickest_s(loads))
