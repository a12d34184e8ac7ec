"""Ticks and crosses of the self-check, each by one thing that is wrong."""

from dataclasses import replace

import pytest

from loadtests.busy import Others
from loadtests.selfcheck.check import Speed, Stalled
from loadtests.selfcheck.known import rest_of_stall_s
from loadtests.selfcheck.verdict import findings

GOOD = Speed(
    planned_per_s=1_500,
    achieved_per_s=1_499,
    cpu=0.3,
    dropped=0,
    p50_ms=0.4,
    p99_ms=3.0,
    lateness_p99_ms=1.0,
)
HONEST = Stalled(
    true_p90_ms=1_000,
    p90_ms=1_010,
    true_p99_ms=1_900,
    p99_ms=1_910,
    closed_p90_ms=0.5,
    closed_p99_ms=2.0,
)
QUIET = Others(0.05, "nobody")


def marks(speed: Speed = GOOD, stalled: Stalled = HONEST, others: Others | None = QUIET) -> str:
    """All marks in a row."""
    return "".join(finding.line[0] for finding in findings(speed, stalled, others))


def test_everything_as_it_should_be() -> None:
    """Four ticks; also where nobody can say who else was at work."""
    assert "✓✓✓✓" == marks() == marks(others=None)


@pytest.mark.parametrize(
    ("speed", "expected"),
    [
        (replace(GOOD, achieved_per_s=1_460), "✗✓✓✓"),
        (replace(GOOD, dropped=1), "✗✓✓✓"),
        (replace(GOOD, cpu=0.9), "✗✓✓✓"),
        (replace(GOOD, p50_ms=1.0), "✓✗✓✓"),
    ],
)
def test_a_generator_that_is_too_slow(speed: Speed, expected: str) -> None:
    """It did not keep up, it dropped, it had no room left, or it added too much of its own."""
    assert expected == marks(speed)


def test_a_recorder_that_hides_a_stall() -> None:
    """As a closed loop does."""
    assert "✓✓✗✓" == marks(stalled=replace(HONEST, p99_ms=2.0))


def test_a_control_that_hides_nothing_proves_nothing() -> None:
    """Then the stall would be seen by anybody, and the check is worth nothing."""
    assert "✓✓✓✗" == marks(stalled=replace(HONEST, closed_p99_ms=1_900))


def test_a_busy_machine_excuses_a_miss_and_spoils_no_success() -> None:
    """The last line says who it was."""
    busy = Others(1.5, "somebody (1)")
    assert "?✓✓✓?" == marks(replace(GOOD, achieved_per_s=900), others=busy)
    assert "somebody (1)" in findings(GOOD, HONEST, busy)[-1].text


def test_whoever_asks_during_a_stall_waits_for_its_end() -> None:
    """And nobody else."""
    assert [0.4, 0.1, 0.0, 0.0, 0.3] == pytest.approx(
        [rest_of_stall_s(at, 0.4, 2.0) for at in (0.0, 0.3, 0.4, 1.9, 2.1)]
    )
    assert 0.0 == rest_of_stall_s(0.0, 0.0, 1.0)
