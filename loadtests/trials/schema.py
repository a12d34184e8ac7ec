"""What `run`, `ladder`, `mistakes` and `stampede` write: schema `corral.trials/1`.

The schema is only added to. Times in series and timelines count from the start of their phase;
latencies are milliseconds from the *intended* start of a request. A figure that could not be
measured is absent, and `unknown` of the trial says why. One that is only known to be no less than
some number, such as the time until p99 was back where it never was, has that number, and its name
stands in `at_least`.
"""

from typing import Literal, NotRequired, TypedDict

from loadtests.result import Article, Dataset, Goal, Machine, PhaseConditions, TimelineOutcome

SCHEMA = "corral.trials/1"

Kind = Literal["run", "ladder", "mistakes", "stampede"]
# Figures of different tables are never compared: a cold key and one that runs out are two things.
Table = Literal["memory", "steady", "cold", "natural", "fault", "over time"]
Better = Literal["lower", "higher", "neither"]
Rate = Literal["low", "high"]


class Figure(TypedDict):
    """What a figure is: its unit ("ms", "bytes", "share", "per second", "loads", "requests"…)."""

    text: str
    unit: str
    better: Better


class Subject(TypedDict):
    """What is compared. `changes`: field of the plan to what stands there, against `base`.

    Of a mistake also its symptom, and the scenario and figure that show it. `settings` chose it in
    the service's environment; `plan_sha256`: of the file that holds a plan of the user's own.
    """

    name: str
    summary: str
    base: str | None
    changes: dict[str, str]
    symptom: NotRequired[str]
    scenario: NotRequired[str]
    figure: NotRequired[str]
    settings: NotRequired[dict[str, str]]
    plan_sha256: NotRequired[str]


class ScenarioWords(TypedDict):
    """A scenario in words: what happens, the symptom it is for, and at which rates it runs."""

    name: str
    summary: str
    symptom: str
    table: Table
    figures: list[str]
    rates: list[Rate]
    settings: dict[str, str]
    distorts: str


class Drawing(TypedDict, total=False):
    """What is drawn of a trial. Rows of each series as in `corral.result/1`.

    `series`: [t_s, p50_ms, p99_ms, answers per second] a 100 ms window; `timeline`: [start_ms,
    end_ms, outcome] a request; `loads_timeline`: [start_ms, end_ms] a load; `histogram`: [upper_ms,
    count]; `memory`: by prefix, [t_s, bytes]; `events`: [t_s, what happened].
    """

    series: list[tuple[float, float, float, float]]
    histogram: list[tuple[float, int]]
    timeline: list[tuple[float, float, TimelineOutcome]]
    loads_timeline: list[tuple[float, float]]
    memory: dict[str, list[tuple[float, float]]]
    events: list[tuple[float, str]]


class Trial(TypedDict):
    """One scenario against one subject, once. `order` counts all trials of the run from 1.

    `at_least`: figures that may be any more than their number, which is a bound (absent: none).
    `by_outcome`: requests and p50, p99 in ms of each Cache-Status.
    """

    subject: str
    scenario: str
    repeat: int
    order: int
    figures: dict[str, float]
    at_least: NotRequired[list[str]]
    unknown: dict[str, str]
    by_outcome: dict[str, tuple[int, float, float]]
    drawing: Drawing
    phases: list[PhaseConditions]
    valid: bool
    why: list[str]


End = Literal["median", "least", "most"]


class Spread(TypedDict):
    """A figure over the valid repeats of one subject in one scenario. `of`: repeats made.

    `at_least`: which of its numbers are bounds that it may be any more than (absent: none); where
    the least is one, so are the others.
    """

    median: float
    least: float
    most: float
    valid: int
    of: int
    at_least: NotRequired[list[End]]


class Replay(TypedDict):
    """A trial that was played once more, and what had disturbed it: never the subject's fault."""

    subject: str
    scenario: str
    repeat: int
    why: list[str]


class Rates(TypedDict):
    """Requests a second at which steady scenarios run, and where they come from."""

    low: float
    high: float
    rule: str


Seen = Literal["seen", "not seen in this run", "no verdict"]


class Sighting(TypedDict):
    """A mistake beside layered in the scenario that shows it: whether it is worse beyond spread.

    `changes`: the wrong field. `why`: why there is no verdict, or what was seen instead.
    """

    mistake: str
    changes: dict[str, str]
    symptom: str
    scenario: str
    figure: str
    without_it: Spread | None
    with_it: Spread | None
    seen: Seen
    why: str


class Played(TypedDict):
    """Who played what, and what came of it. `summary`: scenario to subject to figure.

    `groups`: scenarios of one turn, in its order; each begins from what the one before it left.
    `pairs`: each turn began from rows and a store put back as one warm trace left them.
    `sizes`: how much of everything was sent. `given_up`: subjects whose turns failed in a row, with
    the reason; they were not played any further.
    `valid`: each scenario has as many valid trials of each subject as there are `repeats`, nobody
    was given up, and no subject failed itself. `why` names what was wrong trial by trial, then sums
    up: in how many trials a subject failed itself (named above as well), and who was given up.
    """

    subjects: list[Subject]
    scenarios: list[ScenarioWords]
    figures: dict[str, Figure]
    trials: list[Trial]
    summary: dict[str, dict[str, dict[str, Spread]]]
    goals: list[Goal]
    groups: NotRequired[list[list[str]]]
    pairs: NotRequired[bool]
    sizes: NotRequired[dict[str, float]]
    replays: NotRequired[list[Replay]]
    given_up: NotRequired[dict[str, str]]
    sightings: NotRequired[list[Sighting]]
    valid: bool
    why: list[str]


class Trials(Played):
    """The whole file. `dataset` is None where it is out of reach."""

    schema: str
    kind: Kind
    created_at: str
    command: str
    quick: bool
    duration_s: float
    machine: Machine
    versions: dict[str, str]
    seed: int
    dataset: Dataset | None
    price_dollars_per_gb_month: float
    article: Article
    server_processes: int
    unlimited: str
    repeats: int
    rates: Rates
