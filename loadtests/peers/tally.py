"""How many measurements were made, how many were kept, and why not the others."""

from dataclasses import dataclass, field


@dataclass
class Tally:
    """Counts, and reasons."""

    made: int = 0
    kept: int = 0
    why: list[str] = field(default_factory=list)
