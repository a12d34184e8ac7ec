"""The histogram knows every duration to within 1 %."""

import random

import pytest

from loadtests.histogram import Histogram, histogram_of


@pytest.mark.parametrize("value_ms", [0.064, 0.5, 1.0, 7.77, 99.9, 1_234.5, 59_999.0, 3.6e6])
def test_one_value_comes_back_within_one_percent(value_ms: float) -> None:
    """From 64 microseconds to an hour."""
    assert value_ms == pytest.approx(histogram_of([value_ms]).quantile_ms(0.5), rel=0.01)


def test_quantiles_of_many_are_within_one_percent_of_the_exact_ones() -> None:
    """Against sorting."""
    rng = random.Random(1)
    values = sorted(rng.lognormvariate(2, 1.5) for _ in range(20_000))
    histogram = histogram_of(values)
    for share in (0.5, 0.95, 0.99, 0.999):
        exact = values[round(share * len(values)) - 1]
        assert exact == pytest.approx(histogram.quantile_ms(share), rel=0.01)


def test_mean_and_maximum_are_exact() -> None:
    """They are kept apart from the buckets."""
    histogram = histogram_of([1.0, 2.0, 99.0])
    assert (histogram.mean_ms, histogram.max_ms) == (34.0, 99.0)


def test_no_quantile_exceeds_the_maximum() -> None:
    """The middle of the last bucket may lie above every value in it."""
    histogram = histogram_of([100.0] * 10)
    assert histogram.quantile_ms(0.99) <= 100.0


def test_merging_equals_counting_everything_in_one() -> None:
    """Histograms may be merged; percentiles may not be averaged."""
    rng = random.Random(2)
    left, right = ([rng.expovariate(0.1) for _ in range(500)] for _ in range(2))
    merged = histogram_of(left)
    merged.merge(histogram_of(right))
    assert histogram_of(left + right).rows() == merged.rows()


def test_rows_hold_every_value_under_its_upper_edge() -> None:
    """The rows are what the report draws."""
    rows = histogram_of([0.5, 5.0, 50.0]).rows()
    assert [count for _, count in rows] == [1, 1, 1]
    assert all(value <= upper for value, (upper, _) in zip([0.5, 5.0, 50.0], rows, strict=True))


def test_an_empty_histogram_answers_zero() -> None:
    """A phase may end without an answer."""
    assert (Histogram().quantile_ms(0.99), Histogram().mean_ms, []) == (0.0, 0.0, [])
