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
# What services are started with and where, as far as scenarios decide it.
Group = tuple[tuple[tuple[str, str], ...], bool, bool]


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
    """Traffic, what happens meanwhile, and the symptom by which a wrong decision is known."""

    name: str
    summary: str
    symptom: str
    table: Table
    # Those it gives, the telling one first.
    figures: tuple[str, ...]
    # Drives one subject, whose services were freshly started.
    play: "Callable[[Stage], Awaitable[Seen]]"
    # How long a play takes; a quick one a quarter of it, but never less than `least_s`.
    expected_s: float
    # Which of the run's two rates it runs at, if any.
    rates: tuple[Rate, ...] = ()
    # Of its services, beside the subject's own. Where it starts warm they change no entry, as all
    # begin from entries that were filled without.
    settings: Mapping[str, str] = field(default_factory=dict)
    # Behind the warm trace; else on fresh rows and an empty store.
    starts_warm: bool = True
    # The services reach their cache through a gate that it may shut.
    behind_gate: bool = False
    # What it leaves would distort what is played after it on the same services, so nothing is.
    leaves_its_mark: bool = False
    # Whether its figures tell the work of a request, less what the services do at rest: if not,
    # nobody waits to see them at rest.
    tells_work: bool = True
    least_s: float = 0.0
    # What is not as in life, for the report.
    distorts: str = ""
    # Whether somebody else's service can be played with.
    reach: Reach = "ours"

    @property
    def group(self) -> Group:
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
