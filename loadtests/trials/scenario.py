"""A scenario as a value: what happens to a subject, and the symptom that it is there to show."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from loadtests.trials.schema import Drawing, Rate, ScenarioWords, Table

if TYPE_CHECKING:
    from loadtests.trials.stage import Stage

# What a scenario needs of the service: HTTP alone, also what `/v1/admin` offers, or that it is ours
# to start, with its stores.
Reach = Literal["http", "admin", "ours"]


@dataclass
class Seen:
    """What one trial showed, by names of `figures.FIGURES`; `unknown` says why one is missing.

    `at_least` names those that may be any more than their number.
    """

    figures: dict[str, float] = field(default_factory=dict)
    at_least: list[str] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)
    by_outcome: dict[str, tuple[int, float, float]] = field(default_factory=dict)
    drawing: Drawing = field(default_factory=Drawing)

    def note(self, figure: str, value: float, *, at_least: bool = False) -> None:
        """Keep a figure, which may be any more where it is known `at_least`."""
        self.figures[figure] = value
        if at_least:
            self.at_least.append(figure)


@dataclass(frozen=True)
class Scenario:
    """Traffic, what happens meanwhile, and the symptom by which a wrong decision is known.

    `play` drives one subject, whose services run with `settings`, freshly started and, if
    `starts_warm`, behind the warm trace. `rates`: which of the run's two it runs at, if any.
    `behind_gate`: they reach their cache through a gate that the scenario may shut. `figures` are
    those it gives, the telling one first. `expected_s`: how long a play takes, and quick or not
    never less than `least_s`. `distorts`: what is not as in life, for the report. `reach`: whether
    somebody else's service can be played with.
    `leaves_its_mark`: what it leaves would distort what is played after it on the same services,
    so nothing is. A scenario that `starts_warm` has settings that change no entry: all of them
    begin from entries that were filled without.
    """

    name: str
    summary: str
    symptom: str
    table: Table
    figures: tuple[str, ...]
    play: "Callable[[Stage], Awaitable[Seen]]"
    expected_s: float
    rates: tuple[Rate, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    starts_warm: bool = True
    behind_gate: bool = False
    leaves_its_mark: bool = False
    least_s: float = 0.0
    distorts: str = ""
    reach: Reach = "ours"

    @property
    def group(self) -> tuple[object, ...]:
        """Scenarios of one group can be played on the same services, one after another."""
        return tuple(sorted(self.settings.items())), self.behind_gate, self.starts_warm

    def words(self) -> ScenarioWords:
        """What the report says of it."""
        return {
            "name": self.name,
            "summary": self.summary,
            "symptom": self.symptom,
            "table": self.table,
            "figures": list(self.figures),
            "rates": list(self.rates),
            "settings": dict(self.settings),
            "distorts": self.distorts,
        }
