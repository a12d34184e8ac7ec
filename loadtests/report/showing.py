"""A figure as text, by the unit that it is in."""

from collections.abc import Callable, Mapping

from loadtests.report import units
from loadtests.trials.bounds import is_bound
from loadtests.trials.schema import Spread

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


def bounded(text: str, unit: str) -> str:
    """A number that may be any more: a time until something was over, it was not over by then."""
    return f"not within {text}" if unit == "s" else f"≥ {text}"


def middle(spread: Spread, unit: str, *, scale: float = 1.0) -> str:
    """The median, as what is known of it."""
    said = shown(spread["median"] * scale, unit)
    return bounded(said, unit) if is_bound(spread, "median") else said


def ends(spread: Spread, unit: str, *, scale: float = 1.0) -> str:
    """From the least to the most, as what is known of them."""
    low, high = spread["least"] * scale, spread["most"] * scale
    if not is_bound(spread, "most"):
        return between(low, high, unit)
    mark = "≥ " if is_bound(spread, "least") else ""
    if mark and low == high:
        return f"all ≥ {shown(low, unit)}"
    return f"{mark}{shown(low, unit)} to ≥ {shown(high, unit)}"


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
