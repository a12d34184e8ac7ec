"""What is played again, by the very words in which conditions are told."""

from dataclasses import replace

from loadtests.busy import Others
from loadtests.conditions import judge
from loadtests.result import PhaseConditions
from loadtests.statements import Statements
from loadtests.trials.replays import is_the_subjects, may_be_replayed, spoilt_alone
from tests.loadtests.test_conditions import HIGH, STEADY, report_of

OTHERS = Others(1.9, "cron (7)")


def why(**report: float) -> list[str]:
    """Why a steady phase is invalid."""
    return judge(STEADY, report_of(**report), None)["why"]  # type: ignore[arg-type]


def test_what_the_machine_or_the_generator_spoilt_is_played_again() -> None:
    """Others at work, late starts, a generator at its limit, no quiet moment to count in."""
    for spoilt in (
        judge(STEADY, report_of(), OTHERS)["why"],
        why(lateness_ms=60.0),
        why(cpu_s=1.8),
        [Statements(3, 3, quiet=False).doubt or ""],
        ["pg_stat_statements ran out of room: its counts are too low"],
    ):
        assert spoilt
        assert may_be_replayed(spoilt), spoilt
    assert not may_be_replayed([])


def test_who_falls_behind_because_of_others_has_another_try() -> None:
    """And has none where nobody disturbed it."""
    slow = report_of(growing_s=1.0)
    assert may_be_replayed(judge(STEADY, slow, OTHERS)["why"])
    assert not may_be_replayed(judge(STEADY, slow, None)["why"])


def test_errors_and_counts_that_differ_are_the_subjects_own() -> None:
    """Also where the machine was busy, which is no reason to forget them."""
    failed = judge(STEADY, report_of(errors=3), OTHERS)["why"]
    assert len(failed) == 2
    assert not may_be_replayed(failed)
    assert any(map(is_the_subjects, failed))
    assert not may_be_replayed([Statements(3, 4, quiet=True).doubt or ""])


def test_what_is_not_measured_is_spoilt_by_errors_alone() -> None:
    """A busy machine leaves in a store what a quiet one would; a request that failed does not."""
    busy: PhaseConditions = judge(replace(HIGH, name="warm"), report_of(), OTHERS)
    assert not busy["valid"]
    assert spoilt_alone(busy)["valid"]
    failed = spoilt_alone(judge(STEADY, report_of(errors=3), OTHERS))
    assert (failed["valid"], len(failed["why"])) == (False, 1)
