"""The one error of seeding."""

from pathlib import Path


class SeedError(Exception):
    """Seeding could not be done, and nothing was loaded; the message says why and where."""

    @classmethod
    def at(cls, path: Path, line: int, what: str) -> "SeedError":
        """What is wrong with one line (counted from 1) of a file."""
        return cls(f"{path}, line {line}: {what}")
