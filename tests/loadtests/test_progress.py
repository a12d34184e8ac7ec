"""The time left follows what the finished steps took."""

import io
import re

import pytest
from rich.console import Console

from loadtests.progress import Forecast, in_words, showing


class Clock:
    """Time that is told."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now_s


def test_steps_that_take_as_planned_leave_the_plan() -> None:
    """40 of 100 planned seconds are over."""
    forecast = Forecast(100.0, clock=(clock := Clock()))
    forecast.begin(40.0)
    clock.now_s = 40.0
    forecast.end()
    forecast.begin(60.0)
    assert forecast.left_s == pytest.approx(60.0)
    clock.now_s = 50.0
    assert forecast.left_s == pytest.approx(50.0)


def test_a_slow_machine_stretches_what_is_left() -> None:
    """What should have taken 20 s took 40, and 20 s are imagined that took as planned."""
    forecast = Forecast(40.0, clock=(clock := Clock()))
    forecast.begin(20.0)
    clock.now_s = 40.0
    forecast.end()
    forecast.begin(20.0)
    assert forecast.left_s == pytest.approx(20.0 * (40 + 20) / (20 + 20))


@pytest.mark.parametrize(("first_s", "least", "most"), [(10.0, 48.0, 75.0), (0.1, 40.0, 50.0)])
def test_one_short_step_says_little(first_s: float, least: float, most: float) -> None:
    """The first, of 2 s among 50, takes five times as long on a cold cache, or no time at all."""
    forecast = Forecast(50.0, clock=(clock := Clock()))
    forecast.begin(2.0)
    clock.now_s = first_s
    forecast.end()
    forecast.begin(2.0)
    assert least <= forecast.left_s <= most


def test_more_steps_than_expected_never_count_below_zero() -> None:
    """The bar stays at its end."""
    forecast = Forecast(10.0, clock=(clock := Clock()))
    for _ in range(5):
        forecast.begin(5.0)
        clock.now_s += 5.0
        forecast.end()
    assert forecast.left_s == 0.0
    assert forecast.passed_s == 10.0


@pytest.mark.parametrize("terminal", [True, False])
def test_step_rate_and_p99_are_shown(terminal: bool) -> None:
    """On a terminal and in a log."""
    written = io.StringIO()
    console = Console(file=written, force_terminal=terminal, width=100)
    with showing(console, 60.0) as show:
        show.begin("naive: warm", 20.0)
        show.moment({"at_s": 1.0, "rate_per_s": 123.0, "p99_ms": 45.0})
        show.end()
    assert "naive: warm" in written.getvalue()
    assert ("123/s, p99 45 ms" in written.getvalue()) is terminal


def test_what_must_be_done_again_moves_the_end_away() -> None:
    """A turn that was disturbed is played once more."""
    forecast = Forecast(10.0, clock=(clock := Clock()))
    forecast.begin(10.0)
    clock.now_s = 10.0
    forecast.more(5.0)
    forecast.end()
    forecast.begin(5.0)
    assert forecast.left_s == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("left_s", "said"),
    [(0.0, "0 s left"), (99.0, "99 s left"), (130.0, "2 min left"), (7_500.0, "2 h 5 min left")],
)
def test_time_left_is_said_no_finer_than_it_is_known(left_s: float, said: str) -> None:
    """An hour has no seconds."""
    assert in_words(left_s) == said


@pytest.mark.parametrize("terminal", [True, False])
def test_the_longest_title_stays_within_a_hundred_columns(terminal: bool) -> None:
    """A mistake, its scenario, played again, with hours to go."""
    written = io.StringIO()
    console = Console(file=written, force_terminal=terminal, width=100, color_system=None)
    with showing(console, 9_000.0) as show:
        show.begin("5/5 again layered.absence-forgotten: equal budget, settling", 20.0)
        show.moment({"at_s": 1.0, "rate_per_s": 12_345.0, "p99_ms": 12_345.0})
        show.end()
    lines = re.split(r"[\r\n]|\x1b\[[0-9;?]*[A-Za-z]", written.getvalue())
    assert max(len(line) for line in lines) <= 100
    assert any("5/5 again layered.absence-forgotten" in line for line in lines)
    assert any(re.search("2 h (29|30) min left", line) for line in lines)
