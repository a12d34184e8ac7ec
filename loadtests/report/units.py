"""Figures as text: three digits that count, a unit, and an en dash for what is not known."""

UNKNOWN = "–"  # noqa: RUF001

_PLURALS = {"query": "queries"}

_BYTE_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def three_digits(value: float) -> str:
    """1,234 or 12.3 or 1.23 or 0.012: three digits, or all before the point."""
    size = abs(value)
    if size >= 99.95 or value == int(value):
        return f"{value:,.0f}"
    if size >= 9.995:
        return f"{value:.1f}"
    return f"{value:.2f}" if size >= 0.1 else f"{value:.2g}"


def count(value: float) -> str:
    """A whole number with thousands separated."""
    return f"{value:,.0f}"


def size(value_bytes: float) -> str:
    """Bytes in binary units."""
    for unit in _BYTE_UNITS:
        if abs(value_bytes) < 1000 or unit == _BYTE_UNITS[-1]:
            break
        value_bytes /= 1024
    return f"{three_digits(value_bytes)} {unit}"


def duration(value_ms: float) -> str:
    """Milliseconds, and seconds from ten of them on."""
    if value_ms >= 9_999.5:
        return f"{three_digits(value_ms / 1000)} s"
    return f"{three_digits(value_ms)} ms"


def dollars(value: float) -> str:
    """Whole dollars, with cents below ten."""
    return f"${value:,.0f}" if value >= 10 else f"${value:,.2f}"


def share(value: float) -> str:
    """A share (0-1) in percent, never rounded up to a hundred."""
    percent = 100 * value
    if percent > 99.9 and value < 1:
        return "> 99.9 %"
    return f"{percent:.1f} %"


def per_second(value: float) -> str:
    """A rate."""
    return f"{three_digits(value)}/s"


def factor(value: float) -> str:
    """How many times: 473, 12 or 4.3."""
    return f"{value:,.0f}" if value >= 9.95 else f"{value:.1f}"


def plural(number: float, noun: str) -> str:
    """1 query, 2 queries, 3 requests."""
    if number == 1:
        return f"1 {noun}"
    return f"{count(number)} {_PLURALS.get(noun, noun + 's')}"
