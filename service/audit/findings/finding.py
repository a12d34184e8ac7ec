"""A finding: what is wrong with a pattern, how that is known, what mends it, what it saves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ..earlier import Earlier
from ..facts import ServerFacts
from ..names.book import Pattern
from ..options import Thresholds

Level = Literal["info", "warning", "serious"]
LEVELS: tuple[Level, ...] = ("info", "warning", "serious")
Action = Literal["delete", "expire", "re-encode"]


class Confidence(NamedTuple):
    """How sure a finding is, and why it is no surer."""

    kind: Literal["exact", "sampled", "lower bound", "assumed", "unknown"]
    why: str | None = None


EXACT = Confidence("exact")


class Saving(NamedTuple):
    """Which of a pattern's keys an action would free, by their marks; `share` of their bytes."""

    action: Action
    of: Callable[[int], bool]
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule on one pattern. `bytes` is what mending it would free; `None` where unknown."""

    code: str
    pattern: str | None
    level: Level
    says: str
    evidence: Sequence[str]
    keys: int | None
    bytes: int | None
    confidence: Confidence
    advice: str
    saving: Saving | None = None
    change: str | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What rules look at: all patterns of one audit, and what could not be known."""

    patterns: Sequence[Pattern]
    nodes: Sequence[ServerFacts]
    limits: Thresholds
    unknown: Mapping[str, str]  # column -> reason
    has_registry: bool
    is_whole: bool
    touches: bool = False  # the link could not be told to touch nothing
    unattributed: int | None = None
    earlier: Earlier | None = None

    def sure(self, *columns: str, whole: bool = True) -> Confidence:
        """Exact, unless a column is unknown or keys were left out."""
        for column in columns:
            if column in self.unknown:
                return Confidence("unknown", f"{column}: {self.unknown[column]}")
        if not self.is_whole and whole:
            return Confidence("lower bound", "the scan did not see all keys")
        return EXACT


def change_of(pattern: Pattern) -> str | None:
    """The code line or setting that the registry names."""
    return pattern.declared.change if pattern.declared else None


def amount(size: float) -> str:
    """Bytes as people read them."""
    for unit, bound in (("GB", 2**30), ("MB", 2**20), ("kB", 2**10)):
        if size >= bound:
            return f"{size / bound:.1f} {unit}"
    return f"{size:.0f} B"


def span(seconds: float) -> str:
    """A time as people read it."""
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.3g} {unit}"
    return f"{seconds:.3g} s"
