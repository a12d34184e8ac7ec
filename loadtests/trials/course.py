"""A run of trials from its beginning to its file: what was asked for goes in, `Trials` come out."""

import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console

from loadtests.contest import FULL, QUICK, Contest, Sizes
from loadtests.machine import package_versions, this_machine
from loadtests.progress import showing
from loadtests.result import ARTICLE, DOLLARS_PER_GB_MONTH
from loadtests.trials.calibration import CALIBRATION, REPEATS, calibrate, first_and_last
from loadtests.trials.figures import FIGURES
from loadtests.trials.playing import Company, play, turn_s
from loadtests.trials.scenario import Scenario
from loadtests.trials.schema import SCHEMA, Kind, Played, Rates, Trials
from loadtests.trials.spread import shortfalls, summarize
from loadtests.trials.standing import Standing
from loadtests.trials.subject import Subject

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

    `rate_per_s`: given, so that none has to be found. `own_sizes`: others than the usual ones.
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
    rate_per_s: float | None = None
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
        return self.rate_per_s is None and any(one.rates for one in self.scenarios)

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
    company.rates = AT_NO_RATE
    if course.rate_per_s is not None:
        company.rates = Rates(low=course.rate_per_s, high=course.rate_per_s, rule="given")
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
    why = shortfalls(company.trials)
    scenarios = [*[CALIBRATION] * course.calibrates, *course.scenarios]
    return {
        "subjects": [subject.words() for subject in course.subjects],
        "scenarios": [scenario.words() for scenario in scenarios],
        "figures": FIGURES,
        "trials": company.trials,
        "summary": summarize(company.trials),
        "goals": [],
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
    parts_s = sum(_part_s(part, course.sizes) for part in course.parts)
    return parts_s + course.calibrated * turn_s([CALIBRATION], course.sizes)


def _part_s(part: Part, sizes: Sizes) -> float:
    turns: defaultdict[object, list[Scenario]] = defaultdict(list)
    for scenario in part.scenarios:
        turns[scenario.group].append(scenario)
    turns_s = sum(turn_s(group, sizes) for group in turns.values())
    return len(part.subjects) * part.repeats * turns_s
