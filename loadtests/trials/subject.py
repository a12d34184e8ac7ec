"""What is compared: a plan of the service, by the settings that choose it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from loadtests.trials.schema import Subject as Words


@dataclass(frozen=True)
class Subject:
    """A strategy, a rung or a mistake by its name, or a plan of the user's own.

    `settings` choose it in the service's environment. `changes`: fields of the plan that differ
    from `base`, by the name of what stands there.
    """

    name: str
    summary: str
    settings: Mapping[str, str]
    base: str | None = None
    changes: Mapping[str, str] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """Its name as a database, a store or a file may have it."""
        return re.sub(r"[^a-z0-9_]+", "_", self.name.lower()).strip("_")

    def words(self) -> Words:
        """What the report says of it."""
        return {
            "name": self.name,
            "summary": self.summary,
            "base": self.base,
            "changes": dict(self.changes),
        }
