"""Schedules keep their rate, and are independent arrivals."""

import random
from itertools import islice, pairwise
from statistics import fmean, pstdev

import pytest

from loadtests.arrivals import ExponentialRamp, burst, poisson, shaped, steady


def test_poisson_gaps_have_the_mean_and_the_spread_of_an_exponential() -> None:
    """Mean and standard deviation of the gaps are both 1 / rate."""
    times = list(islice(poisson(50.0, random.Random(1)), 20_000))
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert fmean(gaps) == pytest.approx(0.02, rel=0.03)
    assert pstdev(gaps) == pytest.approx(0.02, rel=0.03)


def test_a_steady_schedule_plans_exactly_rate_times_duration() -> None:
    """So that every strategy and every seed gets the same number."""
    times = steady(87.0, 10.0, random.Random(1))
    assert len(times) == 870
    assert 0 <= times[0] <= times[-1] < 10.0


def test_a_steady_schedule_is_as_uneven_as_poisson() -> None:
    """An even one would hide queues: the count of a window varies as much as its mean."""
    times = steady(100.0, 100.0, random.Random(3))
    counts = [sum(start <= at < start + 1 for at in times) for start in range(100)]
    assert pstdev(counts) ** 2 == pytest.approx(100.0, rel=0.4)


def test_a_ramp_grows_by_the_same_factor_in_every_second() -> None:
    """30/s to 480/s in 4 s: doubled each second."""
    ramp = ExponentialRamp(30.0, 480.0, 4.0)
    assert [round(ramp.rate_per_s(at_s)) for at_s in range(5)] == [30, 60, 120, 240, 480]


def test_arrivals_of_a_ramp_follow_its_rate() -> None:
    """In each second as many as the area under the rate, give or take chance."""
    ramp = ExponentialRamp(300.0, 4_800.0, 4.0)
    times = ramp.arrivals(random.Random(1))
    for second in range(4):
        area = 300.0 * 2**second / 0.6931
        found = sum(second <= at_s < second + 1 for at_s in times)
        assert found == pytest.approx(area, rel=0.1)


def test_a_burst_starts_at_once_and_ends_in_time() -> None:
    """500 within 100 ms."""
    times = burst(500, 0.1)
    assert (len(times), times[0]) == (500, 0.0)
    assert times[-1] < 0.1


def test_the_same_seed_gives_the_same_schedule() -> None:
    """And another seed another."""
    assert steady(50, 2, random.Random("7:low")) == steady(50, 2, random.Random("7:low"))
    assert steady(50, 2, random.Random("7:low")) != steady(50, 2, random.Random("8:low"))


def test_a_shape_plans_the_area_below_its_lines() -> None:
    """10/s for 2 s, up to 50/s in 4 s, down to nothing in 2 s: 20 + 120 + 50 starts."""
    points = [(0.0, 10.0), (2.0, 10.0), (6.0, 50.0), (8.0, 0.0)]
    times = shaped(points, random.Random(1))
    assert times == sorted(times)
    stretches = [(0, 2), (2, 6), (6, 8)]
    assert [sum(a <= at < b for at in times) for a, b in stretches] == [20, 120, 50]


def test_a_shape_follows_its_line_within_a_stretch() -> None:
    """From nothing to 1,000/s in 2 s: a quarter of the starts lies in the first half."""
    times = shaped([(0.0, 0.0), (2.0, 1_000.0)], random.Random(1))
    assert sum(at < 1.0 for at in times) == pytest.approx(250, abs=40)
