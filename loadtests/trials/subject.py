"""What is compared: a plan of the service, by the settings that choose it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from loadtests.trials.schema import Subject as Words

LONGEST_SLUG = 40  # with "corral_" before it a name of PostgreSQL, which cuts at 63


@dataclass(frozen=True)
class Subject:
    """A strategy, a rung or a mistake by its name, or a plan of the user's own.

    `settings` choose it in the service's environment. `changes`: fields of the plan that differ
    from `base`, by the name of what stands there. `symptom` and `scenario`: how a mistake is known,
    and what shows it; `figure`: the one that tells, where it is not that scenario's first.
    `plan_sha256`: of the file of the user's own plan.
    """

    name: str
    summary: str
    settings: Mapping[str, str]
    base: str | None = None
    changes: Mapping[str, str] = field(default_factory=dict)
    symptom: str = ""
    scenario: str = ""
    figure: str = ""
    plan_sha256: str = ""

    @property
    def slug(self) -> str:
        """Its name as a database, a store or a file may have it."""
        slug = re.sub(r"[^a-z0-9_]+", "_", self.name.lower()).strip("_")
        if len(slug) <= LONGEST_SLUG:
            return slug
        digest = sha256(self.name.encode()).hexdigest()[:8]
        return f"{slug[: LONGEST_SLUG - len(digest) - 1]}_{digest}"

    def words(self) -> Words:
        """What the report says of it."""
        words: Words = {
            "name": self.name,
            "summary": self.summary,
            "base": self.base,
            "changes": dict(self.changes),
            "settings": dict(self.settings),
        }
        if self.plan_sha256:
            words["plan_sha256"] = self.plan_sha256
        if self.symptom:
            words["symptom"] = self.symptom
        if self.scenario:
            words["scenario"] = self.scenario
        if self.figure:
            words["figure"] = self.figure
        return words
