"""The knee is what a service keeps up with, whatever the ramp's steepness."""

import random
from collections.abc import Callable
from math import inf

import pytest

from loadtests.arrivals import ExponentialRamp
from loadtests.knee import find_knee, resolution, samples_of
from tests.loadtests.scenarios.seen import answer, report


def queue(
    starts: list[float], capacity_per_s: float, *, slow: Callable[[float], float] = lambda _s: 0.0
) -> list[tuple[float, float]]:
    """Starts and ends at a server that does one request after another; `slow` is added to some."""
    free_s = 0.0
    served = []
    for start_s in starts:
        free_s = max(free_s, start_s) + 1 / capacity_per_s
        served.append((start_s, free_s + slow(start_s)))
    return served


@pytest.mark.parametrize("duration_s", [3.0, 6.0, 12.0])
@pytest.mark.parametrize("capacity_per_s", [150.0, 600.0])
def test_the_knee_is_the_capacity_of_a_queue(capacity_per_s: float, duration_s: float) -> None:
    """Within a tenth, though a steep ramp is far beyond it when the queue shows."""
    ramp = ExponentialRamp(30.0, 2_500.0, duration_s)
    starts = [at for at in ramp.arrivals(random.Random(1)) if ramp.rate_per_s(at) < 1_500]
    knee = find_knee(queue(starts, capacity_per_s), ramp.rate_per_s)
    assert knee.reached
    assert knee.per_s == pytest.approx(capacity_per_s, rel=0.1)


def test_a_short_hiccup_is_not_the_knee() -> None:
    """Only the last time that the latency leaves its limit counts."""
    ramp = ExponentialRamp(30.0, 2_500.0, 6.0)
    starts = [at for at in ramp.arrivals(random.Random(1)) if ramp.rate_per_s(at) < 1_500]
    served = queue(starts, 600.0, slow=lambda at_s: 0.3 if 1.0 < at_s < 1.5 else 0.0)
    assert find_knee(served, ramp.rate_per_s).per_s == pytest.approx(600.0, rel=0.1)


def test_a_service_that_outlives_the_ramp_has_not_reached_its_knee() -> None:
    """The rate is a lower bound then, and says so."""
    ramp = ExponentialRamp(30.0, 500.0, 6.0)
    knee = find_knee(queue(ramp.arrivals(random.Random(1)), 5_000.0), ramp.rate_per_s)
    assert not knee.reached
    assert knee.per_s == pytest.approx(500.0, rel=0.1)


def test_a_service_that_never_keeps_up_has_the_rate_of_its_answers() -> None:
    """Slower than the very beginning of the ramp."""
    ramp = ExponentialRamp(30.0, 2_500.0, 6.0)
    starts = [at for at in ramp.arrivals(random.Random(1)) if at < 2.0]
    knee = find_knee(queue(starts, 5.0), ramp.rate_per_s)
    assert knee.per_s == pytest.approx(5.0, rel=0.1)


def test_a_ramp_without_answers_has_no_knee() -> None:
    """Zero, not an error: the phase's conditions tell the rest."""
    assert find_knee([], lambda _at_s: 30.0).per_s == 0.0


def test_refusals_do_not_make_a_knee() -> None:
    """Who sheds a third of what is asked from 300 a second on is quick, and keeps up with 300."""
    ramp = ExponentialRamp(30.0, 1_000.0, 6.0)
    starts = ramp.arrivals(random.Random(1))
    shed = [
        (at, inf if ramp.rate_per_s(at) > 300 and number % 3 == 0 else at + 0.005)
        for number, at in enumerate(starts)
    ]
    knee = find_knee(shed, ramp.rate_per_s)
    assert knee.reached
    assert 300 == pytest.approx(knee.per_s, rel=0.2)
    quick = [(start, end) for start, end in shed if end < inf]
    assert not find_knee(quick, ramp.rate_per_s).reached


def test_dropped_and_failed_requests_of_a_ramp_never_end() -> None:
    """They are samples all the same."""
    answers = [
        answer(0.0, 0.005),
        answer(0.01, 0.001, "none", error="503"),
        answer(0.02, 4.0, "none", error="dropped"),
    ]
    assert [(0.0, 0.005), (0.01, inf), (0.02, inf)] == samples_of(report(answers))


def test_a_knee_is_known_to_one_step_of_the_ramp() -> None:
    """From 30 to 2,500 within 8 s: 15 % in each quarter of a second."""
    assert 0.148 == pytest.approx(
        resolution(ExponentialRamp(30.0, 2_500.0, 8.0).rate_per_s), rel=0.01
    )
