"""Figures as text, changes, axes and concurrency: what the renderings are made of."""

import pytest

from loadtests.report import units
from loadtests.report.change import change, is_worse, points
from loadtests.report.percentiles import Curve
from loadtests.report.plot import linear, logarithmic, spread
from loadtests.report.sections import environment
from loadtests.report.stampede import Event, chart, concurrency


@pytest.mark.parametrize(
    ("expected", "value"),
    [("0 B", 0), ("999 B", 999), ("20.8 KiB", 21_300), ("58.4 MiB", 61_234_000)],
)
def test_sizes_have_three_digits(expected: str, value: float) -> None:
    """And a binary unit."""
    assert expected == units.size(value)


@pytest.mark.parametrize(
    ("expected", "value"),
    [("0.45 ms", 0.45), ("14.0 ms", 14.04), ("2,515 ms", 2515.4), ("12.3 s", 12_255)],
)
def test_durations_turn_to_seconds_from_ten_on(expected: str, value: float) -> None:
    """So that what is compared stays in one unit as long as it is readable."""
    assert expected == units.duration(value)


def test_a_share_is_not_rounded_up_to_all() -> None:
    """999,999 of a million are not 100 %."""
    assert units.share(0.999999) == "> 99.9 %"
    assert units.share(1.0) == "100.0 %"


@pytest.mark.parametrize(
    ("expected", "before", "after"),
    [
        ("÷ 474", 474, 1),
        ("−84 %", 61.2, 9.9),  # noqa: RUF001
        ("+25 %", 57.1, 71.2),
        ("× 4.5", 168, 762),  # noqa: RUF001
        ("to none", 7, 0),
        ("from none", 0, 7),
        ("same", 100, 100.2),
        ("–", None, 1),  # noqa: RUF001
    ],
)
def test_a_change_is_a_percentage_or_a_factor(
    expected: str, before: float | None, after: float | None
) -> None:
    """Whichever is easier to grasp."""
    assert expected == change(before, after)


def test_shares_change_by_points() -> None:
    """23 to 87 % are 64 points, not 278 %."""
    assert points(0.23, 0.87) == "+64.0 pts"


def test_worse_is_what_the_reader_would_call_worse() -> None:
    """More latency and less hit rate are; a difference too small to print is not."""
    assert is_worse(10, 12, "less")
    assert is_worse(0.9, 0.8, "more")
    assert not is_worse(10, 12, "neither")
    assert not is_worse(100, 100.1, "less")


def test_loads_that_overlap_are_counted_together() -> None:
    """Three loads, two of them at once; one that starts as another ends overlaps it."""
    steps = concurrency([[0, 10], [5, 15], [15, 20]])
    assert steps == [(0, 1), (5, 2), (10, 1), (15, 2), (15, 1), (20, 0)]


def test_a_logarithmic_axis_spans_whole_decades() -> None:
    """From 3 to 400 ms the axis goes from 1 to 1,000."""
    axis = logarithmic(3, 400, "latency", str)
    assert [value for value, _ in axis.ticks] == [1, 10, 100, 1000]
    assert pytest.approx(axis.at(31.6228), abs=1e-4) == 0.5


def test_a_linear_axis_has_round_ticks_within_its_range() -> None:
    """400 ms are ticked at every hundred."""
    assert [value for value, _ in linear(400, "ms", str).ticks] == [0, 100, 200, 300, 400]
    assert max(value for value, _ in linear(437, "ms", str).ticks) <= 437


@pytest.mark.parametrize("wanted", [[100, 101, 279], [277, 278, 279], [1, 1, 1]])
def test_labels_that_would_overlap_are_moved_apart(wanted: list[float]) -> None:
    """In their order, and within the plot."""
    placed = spread(wanted, 15, 4, 280)
    assert placed[1] - placed[0] >= 15
    assert placed[2] - placed[1] >= 15
    assert placed[0] >= 4
    assert placed[2] <= 280


def test_a_curve_does_not_tell_more_than_its_count() -> None:
    """Of 100 answers there is a p99 and no p99.9."""
    curve = Curve("naive", [(0.5, 3.0), (0.99, 50.0), (1.0, 80.0)], 100)
    assert curve.at(0.99) == 50.0
    assert curve.at(0.999) is None


@pytest.mark.parametrize(("end_ms", "said"), [(200.0, True), (390.0, False), (1_755.0, False)])
def test_the_loaders_bar_is_named_where_there_is_room(end_ms: float, said: bool) -> None:
    """At the right edge the words would run over the next picture."""
    event = Event("layered", [(0.0, end_ms, "miss"), (0.0, end_ms, "collapsed")], [], 1.0)
    assert said is (">ran the query<" in chart(event, 400.0, 1.0))


def test_small_shares_and_units_are_readable() -> None:
    """A share below one per cent is not none, and a unit is not part of a name."""
    result = {"machine": {"memory_gib": 23.5, "cores": 2}, "conditions": {"mix": {"vote": 0.0024}}}
    said = str(environment(result)).replace("\u00a0", " ")
    assert "memory 23.5 GiB, cores 2" in said
    assert "vote 0.24 %" in said
