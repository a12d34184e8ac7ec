"""The generator's busiest second is found, whatever the mean of a phase."""

import pytest

from loadtests.sending.own_load import OwnLoad


class Clocks:
    """Wall and CPU time that go as told."""

    def __init__(self) -> None:
        self.now_s, self.used_s = 100.0, 0.0
        self.load = OwnLoad(lambda: self.used_s, lambda: self.now_s)

    def go(self, lasts_s: float, share: float, *, every_s: float = 0.25) -> None:
        """So long at that share of a core, with a look now and then."""
        for _ in range(round(lasts_s / every_s)):
            self.now_s += every_s
            self.used_s += every_s * share
            self.load.look()


def test_the_busiest_second_is_kept() -> None:
    """A mean of 28 % has a second at 90 % in it."""
    clocks = Clocks()
    clocks.go(4.0, 0.2)
    clocks.go(1.0, 0.9)
    clocks.go(4.0, 0.2)
    assert 0.9 == pytest.approx(clocks.load.at_worst())


def test_half_a_second_is_not_a_busy_second() -> None:
    """It is half of one."""
    clocks = Clocks()
    clocks.go(3.0, 0.1)
    clocks.go(0.5, 0.9)
    clocks.go(3.0, 0.1)
    assert 0.5 == pytest.approx(clocks.load.at_worst())


def test_whoever_is_too_busy_to_look_is_seen_the_more() -> None:
    """The next look weighs all that lies between."""
    clocks = Clocks()
    clocks.go(2.0, 0.1)
    clocks.go(3.0, 1.0, every_s=3.0)
    assert clocks.load.at_worst() > 0.9


def test_what_takes_less_than_a_second_is_weighed_as_a_whole() -> None:
    """There is no second to find."""
    clocks = Clocks()
    clocks.go(0.5, 0.6)
    assert 0.6 == pytest.approx(clocks.load.at_worst())
