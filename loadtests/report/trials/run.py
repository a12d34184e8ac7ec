"""A run of trials as the report draws it: what is here is known, and of its type."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
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
    """The whole file; `result` is as it was read, for what is only quoted.

    `played_in`: (scenario, subject) to its trials. `detail`: how finely pictures are drawn, of 1.
    """

    result: Result
    subjects: Sequence[Subject]
    scenarios: Sequence[Scenario]
    figures: Mapping[str, Figure]
    trials: Sequence[Trial]
    played_in: Mapping[tuple[str, str], list[Trial]]
    spreads: Mapping[tuple[str, str, str], Spread]
    detail: float = 1.0

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
        """invalid: no trial kept its conditions. partly: something lacks, and has no verdict.

        A trial that broke them may have been played again; then the run is valid.
        """
        if not any(trial.valid for trial in self.trials):
            return "invalid"
        return "valid" if at(self.result, "valid") is True else "partly"

    def figure(self, name: str) -> Figure:
        """What the figure is; its name where the file does not say."""
        return self.figures.get(name) or Figure(
            text=name.replace("_", " "), unit="", better="neither"
        )

    def spread(self, scenario: str, subject: str, figure: str) -> Spread | None:
        """The figure over the valid repeats; None where there is none."""
        return self.spreads.get((scenario, subject, figure))

    def unsound(self, scenario: str, subject: str, figure: str) -> float | None:
        """The median over broken repeats, where none is valid: to find the cause, not to quote."""
        if self.spread(scenario, subject, figure):
            return None
        repeats = self.repeats_of(scenario, subject)
        seen = [one.figures[figure] for one in repeats if figure in one.figures]
        return median(seen) if seen else None

    def repeats_of(self, scenario: str, subject: str) -> list[Trial]:
        """All trials of one subject in one scenario, in order."""
        return self.played_in.get((scenario, subject), [])

    def median_trial(self, scenario: Scenario, subject: Subject) -> Trial | None:
        """The valid repeat whose telling figure is the median, to be drawn; None without any.

        Of a run in which nothing is valid any may be drawn: its alarm stands above all pictures.
        """
        repeats = self.repeats_of(scenario.name, subject.name)
        valid = [one for one in repeats if one.valid or self.state == "invalid"]
        for name in scenario.figures:
            known = sorted((one.figures[name], one.repeat) for one in valid if name in one.figures)
            if known and len({value for value, _ in known}) > 1:
                repeat = known[(len(known) - 1) // 2][1]
                return next(one for one in valid if one.repeat == repeat)
        return valid[0] if valid else None

    def played(self, scenario: str) -> list[Subject]:
        """The subjects that were played in a scenario, in the order of the run."""
        return [one for one in self.subjects if (scenario, one.name) in self.played_in]

    def named(self, subject: str) -> Subject | None:
        """The subject of that name."""
        return next((one for one in self.subjects if one.name == subject), None)
