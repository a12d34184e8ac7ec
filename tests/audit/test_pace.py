"""The server is asked for no more of its time than it was to give."""

from collections.abc import Iterator

import pytest

from service.audit.options import Options
from service.audit.pace import Pace, TooSlow


class Clock:
    """Time that passes by sleeping alone."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        """Now."""
        return self.now_s

    def sleep(self, pause_s: float) -> None:
        """Pass."""
        self.slept.append(pause_s)
        self.now_s += pause_s


def pace(clock: Clock, pings: Iterator[float], duty: float = 0.25) -> Pace:
    """A pace whose PINGs take what they are told to."""
    return Pace(Options(duty=duty), lambda: next(pings), clock=clock, sleep=clock.sleep)


def test_a_quarter_of_the_time_is_its_share() -> None:
    """20 ms of asking are followed by 60 ms of rest, less what our own work took."""
    clock = Clock()
    kept = pace(clock, iter([0.001] * 100))
    clock.now_s = 0.030
    kept.rest(0.020, 0.0)
    assert [pytest.approx(0.050)] == clock.slept


def test_at_full_duty_there_is_no_rest() -> None:
    """For servers that nobody else asks."""
    clock = Clock()
    kept = pace(clock, iter([0.001] * 100), duty=1.0)
    clock.now_s = 0.020
    kept.rest(0.020, 0.0)
    assert [] == clock.slept


def test_slow_pings_double_the_pauses_and_calm_ones_end_them() -> None:
    """Three times what it took before we began is slow."""
    clock = Clock()
    kept = pace(clock, iter([0.001] * 9 + [0.004] * 3 + [0.001] * 20), duty=1.0)
    for _ in range(3):
        clock.now_s += 1
        kept.rest(0.0, clock.now_s)
    assert [0.01, 0.02, 0.04] == clock.slept
    for _ in range(8):
        clock.now_s += 1
        kept.rest(0.0, clock.now_s)
    assert 3 == kept.backed_off
    assert clock.slept[-1] < 0.002


def test_a_server_that_stays_slow_is_left_alone() -> None:
    """Five times running over the limit, and the audit ends."""
    clock = Clock()
    kept = pace(clock, iter([0.001] * 9 + [0.3] * 5))
    for _ in range(4):
        clock.now_s += 1
        kept.rest(0.0, clock.now_s)
    clock.now_s += 1
    with pytest.raises(TooSlow, match="250 ms 5 times running"):
        kept.rest(0.0, clock.now_s)
