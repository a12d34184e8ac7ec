"""Numbers given as options: what is none, or makes no sense there, is told in one line."""

import math
from argparse import ArgumentTypeError


def at_least_one(text: str) -> int:
    """A count, or a process id."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise ArgumentTypeError(f"{text!r} will not do: give a whole number, 1 or more")
    return number


def rate_per_s(text: str) -> float:
    """Requests a second: an end of the arrivals must be in sight, so no infinity."""
    number = _number(text)
    if not 0 < number < math.inf:
        raise ArgumentTypeError(f"{text!r} is no rate: give requests a second, more than 0")
    return number


def dollars(text: str) -> float:
    """A price; nothing may cost nothing."""
    number = _number(text)
    if not 0 <= number < math.inf:
        raise ArgumentTypeError(f"{text!r} is no price: give dollars, 0 or more")
    return number


def share(text: str) -> float:
    """A part of one, as 0.05 or 5%."""
    number = _number(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not 0 <= number < 1:
        raise ArgumentTypeError(f"{text!r} is no share: give 0.05 or 5%")
    return number


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
