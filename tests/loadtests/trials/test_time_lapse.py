"""What eighteen months of samples say."""

import pytest

from loadtests.mixes.turnover import MONTHS
from loadtests.scenarios.time_lapse import Sample, memory_figures
from loadtests.trials.keyspace import Counted

MONTH_S = 9.0


def samples(bytes_a_month: float, most: float = float("inf")) -> list[Sample]:
    """One a second; what is added stays, until `most` is reached."""
    return [
        (float(at), min(most, at / MONTH_S * bytes_a_month), {"post": 1.0})
        for at in range(1, int(MONTHS * MONTH_S) + 1)
    ]


def test_a_cache_that_keeps_everything_grows_by_what_a_month_adds() -> None:
    """To the end, where the peak is."""
    figures = memory_figures(samples(1_000.0), Counted(), MONTH_S)
    assert 1_000.0 == pytest.approx(figures["growth_bytes"])
    assert figures["cache_bytes"] == figures["peak_bytes"] == pytest.approx(18_000.0)


def test_a_cache_that_is_bounded_does_not_grow() -> None:
    """However quickly it was full."""
    figures = memory_figures(samples(1_000.0, most=2_000.0), Counted(), MONTH_S)
    assert 0.0 == figures["growth_bytes"]
    assert 2_000.0 == figures["cache_bytes"]


def test_a_peak_that_is_over_is_seen() -> None:
    """The end alone would hide it."""
    course: list[Sample] = [*samples(1_000.0), (MONTHS * MONTH_S + 1, 5_000.0, {})]
    figures = memory_figures(course, Counted(), MONTH_S)
    assert (5_000.0, 18_000.0) == pytest.approx((figures["cache_bytes"], figures["peak_bytes"]))


def test_keys_are_those_of_the_count_at_the_end() -> None:
    """Of every key, not of a sample."""
    counted = Counted()
    counted.add("post:{1}", -1, 100, unread=True)
    counted.add("post:{2}", 50, 30, unread=False)
    figures = memory_figures(samples(1.0), counted, MONTH_S)
    assert (2, 1, 100) == (
        figures["keys"],
        figures["keys_without_ttl"],
        figures["unread_bytes"],
    )


def test_a_sampler_that_was_kept_waiting_takes_the_nearest_sample() -> None:
    """A month without one is no reason to give nothing."""
    few: list[Sample] = [(80.0, 100.0, {}), (MONTHS * MONTH_S, 700.0, {})]
    assert 100.0 == pytest.approx(memory_figures(few, Counted(), MONTH_S)["growth_bytes"])
