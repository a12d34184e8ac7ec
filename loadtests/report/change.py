"""What became of a figure from naive to layered, in one short phrase."""

from typing import Literal

from loadtests.report.units import UNKNOWN, factor

Better = Literal["less", "more", "neither"]


def change(before: float | None, after: float | None) -> str:
    """A percentage, or a factor where that is easier to grasp."""
    if before is None or after is None:
        return UNKNOWN
    if before == after:
        return "same"
    if after == 0:
        return "to none"
    if before <= 0:
        return "from none"
    return _by_ratio(after / before)


def points(before: float | None, after: float | None) -> str:
    """The difference of two shares in percentage points."""
    if before is None or after is None:
        return UNKNOWN
    difference = 100 * (after - before)
    return "same" if abs(difference) < 0.05 else f"{_signed(difference, '.1f')} pts"


def is_worse(before: float | None, after: float | None, better: Better) -> bool:
    """Whether it got worse by an amount that is printed."""
    if before is None or after is None or better == "neither" or change(before, after) == "same":
        return False
    return after > before if better == "less" else after < before


def _by_ratio(ratio: float) -> str:
    if ratio <= 0.1:
        return f"÷ {factor(1 / ratio)}"
    if ratio >= 2:
        return f"× {factor(ratio)}"  # noqa: RUF001
    percent = 100 * (ratio - 1)
    return "same" if abs(percent) < 0.5 else f"{_signed(percent, '.0f')} %"


def _signed(value: float, form: str) -> str:
    return f"{'+' if value > 0 else '−'}{abs(value):{form}}"  # noqa: RUF001
