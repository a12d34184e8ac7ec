"""A run of trials as the report draws it: what is here is known, and of its type."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from loadtests.report.reading import Result, at, number, text
from loadtests.trials.schema import Figure, Spread

State = Literal["valid", "partly", "invalid"]

TABLES = ("memory", "steady", "cold", "natural", "fault", "over time")


@dataclass(frozen=True, slots=True)
class Subject:
    """What is compared. `key` chooses its look: a name is anybody's text, a key is ours."""

    key: str
    name: str
    summary: str
    base: str
    changes: Mapping[str, str]
    symptom: str
    scenario: str
    figure: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """What was played, and its figures, the telling one first."""

    name: str
    summary: str
    symptom: str
    table: str
    figures: Sequence[str]
    rates: Sequence[str]
    settings: Mapping[str, Any]
    distorts: str


@dataclass(frozen=True, slots=True)
class Trial:
    """One scenario against one subject, once."""

    subject: str
    scenario: str
    repeat: int
    figures: Mapping[str, float]
    unknown: Mapping[str, str]
    by_outcome: Mapping[str, tuple[float, float, float]]
    drawing: dict[str, Any]
    phases: list[dict[str, Any]]
    valid: bool
    why: Sequence[str]


@dataclass(frozen=True, slots=True)
class Run:
    """The whole file; `result` is as it was read, for what is only quoted."""

    result: Result
    subjects: Sequence[Subject]
    scenarios: Sequence[Scenario]
    figures: Mapping[str, Figure]
    trials: Sequence[Trial]
    spreads: Mapping[tuple[str, str, str], Spread]

    @property
    def kind(self) -> str:
        """Run, ladder, mistakes or stampede."""
        return text(self.result, "kind", unknown="run")

    @property
    def quick(self) -> bool:
        """Whether phases were cut and repeats few."""
        return at(self.result, "quick") is True

    @property
    def repeats(self) -> int:
        """How often each scenario was to be played against each subject."""
        return int(number(self.result, "repeats") or 0)

    @property
    def state(self) -> State:
        """invalid: no trial kept its conditions. partly: some did not, and have no verdict."""
        if not any(trial.valid for trial in self.trials):
            return "invalid"
        whole = all(trial.valid for trial in self.trials) and at(self.result, "valid") is True
        return "valid" if whole else "partly"

    def figure(self, name: str) -> Figure:
        """What the figure is; its name where the file does not say."""
        return self.figures.get(name) or Figure(
            text=name.replace("_", " "), unit="", better="neither"
        )

    def spread(self, scenario: str, subject: str, figure: str) -> Spread | None:
        """The figure over the valid repeats; None where there is none."""
        return self.spreads.get((scenario, subject, figure))

    def repeats_of(self, scenario: str, subject: str) -> list[Trial]:
        """All trials of one subject in one scenario, in order."""
        return [one for one in self.trials if (one.scenario, one.subject) == (scenario, subject)]

    def played(self, scenario: str) -> list[Subject]:
        """The subjects that were played in a scenario, in the order of the run."""
        names = {one.subject for one in self.trials if one.scenario == scenario}
        return [subject for subject in self.subjects if subject.name in names]

    def named(self, subject: str) -> Subject | None:
        """The subject of that name."""
        return next((one for one in self.subjects if one.name == subject), None)
