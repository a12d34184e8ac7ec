"""What an audit found out, before anybody wrote a report of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from .earlier import Earlier
from .facts import ServerFacts
from .findings import Finding
from .memory import Reconciled
from .names.book import Pattern
from .savings import Union


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much was seen, how long it took, and what stood in the way."""

    total: int | None  # keys when the audit began
    scanned: int
    vanished: int
    hidden: int  # keys that this user may not see
    touched: int  # idle times that were lost to the reading of values
    partial: str | None
    took_s: float
    asking_s: float
    paused_s: float
    backed_off: int
    commands: int


@dataclass(frozen=True, slots=True)
class Audited:
    """All that an audit found out."""

    nodes: Sequence[ServerFacts]
    patterns: Sequence[Pattern]
    findings: Sequence[Finding]
    savings: Union
    memory: Reconciled
    coverage: Coverage
    unknown: dict[str, str]
    earlier: Earlier | None = None
