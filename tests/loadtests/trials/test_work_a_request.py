"""What a request costs is not what the services do while nobody asks."""

import pytest

from loadtests.resting import Idle
from loadtests.statements import Statements
from loadtests.trials.counts import typical
from loadtests.trials.reading import work
from loadtests.trials.stage import Measured
from tests.loadtests.scenarios.seen import hits, load, measured, report

RESTING = Idle(sql_per_s=6.0, commands_per_s=10.0, cpu=0.02)


def phase(idle: Idle, *, sql: int = 160, cpu_s: float = 0.4, lost: int = 0) -> Measured:
    """Hundred requests in ten seconds, most of which went by with preparing them."""
    loads = [load(0.1, 0.2)] * 5
    return Measured(
        report(hits(0.0, 1.0)), Statements(sql, sql), 300, cpu_s, loads, 10.0, idle, lost
    )


def test_polls_are_not_charged_to_requests() -> None:
    """6 statements, 10 commands and 20 ms of CPU a second, for ten seconds."""
    figures = work(phase(RESTING))
    assert (1.0, 2.0) == (figures["sql_per_request"], figures["commands_per_request"])
    assert 2.0 == pytest.approx(figures["cpu_ms_per_request"])
    assert (6.0, 10.0, 0.02) == (
        figures["idle_sql_per_s"],
        figures["idle_commands_per_s"],
        figures["idle_cpu"],
    )


def test_without_taking_them_off_requests_would_pay() -> None:
    """As they did: sixty hundredths of a statement."""
    assert 1.6 == work(phase(Idle()))["sql_per_request"]


def test_a_phase_that_did_less_than_rest_cost_nothing() -> None:
    """A poll more or less is chance."""
    figures = work(phase(RESTING, sql=58, cpu_s=0.1))
    assert (0.0, 0.0) == (figures["sql_per_request"], figures["cpu_ms_per_request"])


def test_loads_that_are_forgotten_were_made() -> None:
    """The total is exact, however many are listed."""
    assert 0.05 == work(phase(RESTING))["loads_per_request"]
    assert 0.07 == work(phase(RESTING, lost=2))["loads_per_request"]


def test_what_requests_left_behind_is_not_rest() -> None:
    """Views are added up every few seconds: a burst in one stretch of three or five."""
    burst = Idle(sql_per_s=9.0, commands_per_s=90.0, cpu=0.2)
    assert RESTING == typical([RESTING, burst, RESTING])


def test_a_phase_without_idle_counts_as_it_stands() -> None:
    """As of a service of which nothing at rest is known."""
    assert 0.0 == work(measured(hits(0.0, 1.0), []))["sql_per_request"]
