"""What one load takes while nobody else asks for anything: what a stampede is held against.

A load is of some use here only where others like it take as long: on a machine that has other
things to do one may take three times as long as the next.
"""

from collections.abc import Awaitable, Callable, Sequence
from statistics import median

ENOUGH = 3  # loads that are alike
AT_MOST = 9  # loads in all
ALIKE = 1.25  # the slowest of those that count, to the quickest

LoadOnce = Callable[[], Awaitable[float | None]]


class UnclearError(Exception):
    """The loads were too unlike to say what one takes."""


async def load_alone_ms(load_once: LoadOnce) -> float:
    """The median of three loads that took about as long; more are made until there are such.

    `load_once` gives milliseconds, None where nothing was loaded. Raises UnclearError.
    """
    took_ms: list[float] = []
    for _ in range(AT_MOST):
        if (one_ms := await load_once()) is not None:
            took_ms.append(one_ms)
        if (found := alike(took_ms)) is not None:
            return found
    if not took_ms:
        raise UnclearError("no load was seen while nobody else asked")
    raise UnclearError(
        f"a load alone took from {min(took_ms):.0f} to {max(took_ms):.0f} ms, so what it takes is "
        "not known: run again on a quiet machine"
    )


def alike(took_ms: Sequence[float]) -> float | None:
    """The median of the three quickest neighbours that are alike; None when none are."""
    ranked = sorted(took_ms)
    for first in range(len(ranked) - ENOUGH + 1):
        part = ranked[first : first + ENOUGH]
        if part[-1] <= ALIKE * part[0]:
            return median(part)
    return None
