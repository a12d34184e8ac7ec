"""Names of subjects where there is little room, and lists of them in sentences."""

from collections.abc import Sequence
from typing import TypeVar

from loadtests.report.trials.run import Subject

_MOST = 20
_DRAWN_IN_ALL = 60  # lines of a kind on a page, so that it stays within its 300 KB
_DRAWN_AT_LEAST = 3

T = TypeVar("T")


def short(subject: Subject) -> str:
    """The name without its base's, as no-jitter for layered.no-jitter, and cut where it is long."""
    name = subject.name.removeprefix(f"{subject.base}.") if subject.base else subject.name
    return name if len(name) <= _MOST else f"{name[: _MOST - 1]}…"


def listed(parts: Sequence[str], most: int = 4) -> str:
    """a, b and c; beyond `most` the rest are counted."""
    if len(parts) > most:
        parts = [*parts[: most - 1], f"{len(parts) - most + 1} others"]
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def few(found: Sequence[T], scenarios: int, detail: float) -> list[T]:
    """All of a scenario's subjects; where a page has too many, the first, the last and some."""
    most = max(_DRAWN_AT_LEAST, int(detail * _DRAWN_IN_ALL) // max(1, scenarios))
    if len(found) <= most:
        return list(found)
    step = (len(found) - 1) / (most - 1)
    return [found[round(place * step)] for place in range(most)]


def left_out(drawn: int, of: int) -> str:
    """A sentence to be added where `few` left some out; nothing where it did not."""
    return f" {drawn} of {of} subjects are drawn." if drawn < of else ""
