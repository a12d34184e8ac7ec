"""A figure as text, by the unit that it is in."""

from collections.abc import Callable, Mapping

from loadtests.report import units

UNITS: Mapping[str, Callable[[float], str]] = {
    "ms": units.duration,
    "s": lambda value: units.duration(1_000 * value),
    "bytes": units.size,
    "share": units.share,
    "per second": units.per_second,
    "dollars": units.dollars,
    "times": lambda value: f"{units.factor(value)} ×",  # noqa: RUF001
}

# What a range has at its end alone.
_AFTER = (" µs", " ms", " s", " B", " KiB", " MiB", " GiB", " TiB", " %", "/s", " ×")  # noqa: RUF001


def shown(value: float, unit: str) -> str:
    """As 12.3 ms or 58.4 MiB; what is counted stands without its noun."""
    return UNITS.get(unit, units.three_digits)(value)


def between(least: float, most: float, unit: str) -> str:
    """As 11.9-12.8 ms: the unit once where both ends have it."""
    low, high = shown(least, unit), shown(most, unit)
    if low == high:
        return f"all {low}"
    for mark in _AFTER:
        if low.endswith(mark) and high.endswith(mark):
            low = low.removesuffix(mark)
            break
    return f"{low}–{high.removeprefix('$')}"  # noqa: RUF001


def counted(value: float, unit: str) -> str:
    """With its noun: 1 load, 500 loads, 12.3 ms."""
    if unit in UNITS:
        return shown(value, unit)
    return f"{units.three_digits(value)} {unit.removesuffix('s') if value == 1 else unit}"
