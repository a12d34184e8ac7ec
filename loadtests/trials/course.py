"""A run of trials from its beginning to its file: what was asked for goes in, `Trials` come out."""

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from rich.console import Console

from loadtests.contest import FULL, QUICK, Contest, Sizes
from loadtests.machine import package_versions, this_machine
from loadtests.progress import showing
from loadtests.result import ARTICLE, DOLLARS_PER_GB_MONTH
from loadtests.trials.calibration import CALIBRATION, REPEATS, calibrate, first_and_last
from loadtests.trials.company import Company
from loadtests.trials.figures import FIGURES
from loadtests.trials.offer import NO_CACHE
from loadtests.trials.order import groups
from loadtests.trials.playing import pair_s, play, turn_s
from loadtests.trials.scenario import Scenario
from loadtests.trials.schema import SCHEMA, Kind, Played, Rates, Trials
from loadtests.trials.spread import shortfalls, summarize
from loadtests.trials.standing import Standing
from loadtests.trials.subject import Subject
from loadtests.trials.told import told

AT_NO_RATE = Rates(low=0.0, high=0.0, rule="no scenario of this run has a rate")


@dataclass(frozen=True)
class Part:
    """Who is played in what, how often, in turns."""

    subjects: Sequence[Subject]
    scenarios: Sequence[Scenario]
    repeats: int


@dataclass(frozen=True)
class Course:
    """What was asked for. `quick`: fewer repeats and shorter phases, and the report says so.

    `given_rates`: so that none have to be found. `own_sizes`: others than the usual ones.
    `own_parts`: where not everybody is played in everything.
    """

    kind: Kind
    subjects: Sequence[Subject]
    scenarios: Sequence[Scenario]
    repeats: int
    seed: int
    quick: bool
    command: str
    price_dollars_per_gb_month: float = DOLLARS_PER_GB_MONTH
    given_rates: Rates | None = None
    own_sizes: Sizes | None = None
    own_parts: Sequence[Part] = ()

    @property
    def parts(self) -> Sequence[Part]:
        """One after another."""
        return self.own_parts or [Part(self.subjects, self.scenarios, self.repeats)]

    @property
    def sizes(self) -> Sizes:
        """How much of everything."""
        return self.own_sizes or (QUICK if self.quick else FULL)

    @property
    def calibrates(self) -> bool:
        """Whether rates must be found before anything else."""
        return self.given_rates is None and any(one.rates for one in self.scenarios)

    @property
    def calibrated(self) -> int:
        """How many trials that takes."""
        measured = {one.name for one in first_and_last(self.subjects)}
        return len(measured) * REPEATS[self.quick] * self.calibrates


Act = Callable[[Course, Company], Awaitable[Rates]]


async def find_rates(course: Course, company: Company) -> Rates:
    """The rates that were given, or else found; none where no scenario needs one."""
    if course.calibrates:
        return await calibrate(company, course.subjects, quick=course.quick)
    company.rates = course.given_rates or AT_NO_RATE
    return company.rates


async def play_all(course: Course, company: Company) -> Rates:
    """Every scenario against every subject."""
    rates = await find_rates(course, company)
    for part in course.parts:
        await play(company, part.subjects, part.scenarios, part.repeats)
    return rates


async def run(
    course: Course, standing: AbstractAsyncContextManager[Standing], act: Act, console: Console
) -> Trials:
    """Prepare, let `act` play, and put together what came of it. Raises LoadTestError."""
    began, created_at = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
    async with standing as ground:
        company, rates = await _acted(course, ground, act, console)
        facts = await ground.facts()
    return {
        **_played(course, company),
        "schema": SCHEMA,
        "kind": course.kind,
        "created_at": created_at,
        "command": course.command,
        "quick": course.quick,
        "duration_s": time.monotonic() - began,
        "machine": this_machine(),
        "versions": {**facts.versions, **package_versions()},
        "seed": course.seed,
        "dataset": facts.dataset,
        "price_dollars_per_gb_month": course.price_dollars_per_gb_month,
        "article": ARTICLE,
        "server_processes": facts.processes,
        "unlimited": facts.unlimited,
        "repeats": course.repeats,
        "rates": rates,
    }


def _played(course: Course, company: Company) -> Played:
    why = [*shortfalls(company.trials), *told(company)]
    scenarios = [*[CALIBRATION] * course.calibrates, *course.scenarios]
    return {
        "subjects": [subject.words() for subject in course.subjects],
        "scenarios": [scenario.words() for scenario in scenarios],
        "figures": FIGURES,
        "trials": company.trials,
        "summary": summarize(company.trials),
        "goals": [],
        "groups": company.groups,
        "pairs": not company.contest.shared_stores,
        "sizes": asdict(course.sizes),
        "replays": company.replays,
        "given_up": company.given_up,
        "valid": not why,
        "why": why,
    }


async def _acted(
    course: Course, ground: Standing, act: Act, console: Console
) -> tuple[Company, Rates]:
    with showing(console, expected_s(course)) as show:
        contest = Contest(
            generator=ground.generator,
            counter=ground.counter,
            show=show,
            sizes=course.sizes,
            seed=course.seed,
            population=ground.population,
            work=ground.work,
            shared_stores=ground.shared,
            pids=set(),
        )
        company = Company(contest, ground)
        return company, await act(course, company)


def expected_s(course: Course) -> float:
    """About how long it takes, for the bar."""
    sizes = course.sizes
    parts_s = sum(_part_s(part, sizes) for part in course.parts)
    warm = {
        subject.name
        for part in course.parts
        for subject in part.subjects
        if any(one.starts_warm for one in part.scenarios)
    }
    if course.calibrates:
        warm |= {one.name for one in first_and_last(course.subjects)}
    pairs_s = sum(pair_s(sizes, writes_only=name == NO_CACHE) for name in warm)
    idle_s = sizes.idle_s * len(
        {
            (subject.name, scenario.group)
            for part in course.parts
            for subject in part.subjects
            for scenario in part.scenarios
            if scenario.tells_work
        }
    )
    return parts_s + course.calibrated * turn_s([CALIBRATION], sizes) + pairs_s + idle_s


def _part_s(part: Part, sizes: Sizes) -> float:
    turns_s = sum(turn_s(group, sizes) for group in groups(part.scenarios))
    return len(part.subjects) * part.repeats * turns_s
