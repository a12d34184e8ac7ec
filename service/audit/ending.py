"""How an audit ends: its exit code, for CI."""

from .findings.finding import LEVELS, Level
from .report.schema import Report

CLEAN, FOUND, UNUSABLE, PARTIAL = 0, 1, 2, 3


def exit_code(report: Report, fail_on: Level = "warning") -> int:
    """1: findings of a level or above, a budget broken; else 3 where something was not known.

    Not all keys seen, a budget that could not be judged, a baseline that could not be compared:
    none of them is a pass.
    """
    least = LEVELS.index(fail_on)
    verdicts = {one["verdict"] for one in report["budgets"]}
    if any(LEVELS.index(one["level"]) >= least for one in report["findings"]):
        return FOUND
    if "broken" in verdicts:
        return FOUND
    baseline = report["baseline"]
    is_compared = baseline is None or baseline["not_compared"] is None
    is_whole = report["coverage"]["partial"] is None and is_compared
    return CLEAN if is_whole and "unknown" not in verdicts else PARTIAL
