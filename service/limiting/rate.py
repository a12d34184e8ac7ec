"""How often: `300/300s` is three hundred times in five minutes."""

import re
from dataclasses import dataclass

_WRITTEN = re.compile(r"([1-9]\d{0,5})/([1-9]\d{0,4})s")


@dataclass(frozen=True, slots=True)
class Rate:
    """So many times in so many seconds; all at once, or spread."""

    times: int
    per_s: int

    def __str__(self) -> str:
        return f"{self.times}/{self.per_s}s"

    @property
    def interval_s(self) -> float:
        """After how long one more may pass."""
        return self.per_s / self.times

    @classmethod
    def parse(cls, text: str) -> "Rate":
        """Read what a person wrote. Raises ValueError."""
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise ValueError("must be times/seconds, as in 300/300s")
        return cls(int(found[1]), int(found[2]))
