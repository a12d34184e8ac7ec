"""How an audit ends: its exit code, for CI."""

from .findings.finding import LEVELS, Level
from .report.schema import Report

CLEAN, FOUND, UNUSABLE, PARTIAL = 0, 1, 2, 3


def exit_code(report: Report, fail_on: Level = "warning") -> int:
    """1: findings of a level or above; else 3 where not all was seen: that is never a pass."""
    least = LEVELS.index(fail_on)
    if any(LEVELS.index(one["level"]) >= least for one in report["findings"]):
        return FOUND
    return PARTIAL if report["coverage"]["partial"] else CLEAN
