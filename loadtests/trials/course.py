"""A run of trials from its beginning to its file: what was asked for goes in, `Trials` come out."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from loadtests.contest import FULL, QUICK, Contest
from loadtests.dataset import count_rows
from loadtests.machine import package_versions, this_machine
from loadtests.progress import showing
from loadtests.result import ARTICLE, DOLLARS_PER_GB_MONTH
from loadtests.services import PROCESSES, UNLIMITED
from loadtests.sql import connected as database
from loadtests.stores import connected as store
from loadtests.trials.figures import FIGURES
from loadtests.trials.ground import Ground, Stores, prepared
from loadtests.trials.playing import Company
from loadtests.trials.scenario import Scenario
from loadtests.trials.schema import SCHEMA, Kind, Rates, Trials
from loadtests.trials.spread import summarize
from loadtests.trials.subject import Subject

START_S = 4.0  # two processes, on two cores
WARM_S = {False: 20.0, True: 3.0}  # by `quick`


@dataclass(frozen=True)
class Course:
    """What was asked for. `quick`: fewer repeats and shorter phases, and the report says so."""

    kind: Kind
    subjects: Sequence[Subject]
    scenarios: Sequence[Scenario]
    repeats: int
    seed: int
    quick: bool
    source: str
    command: str
    price_dollars_per_gb_month: float = DOLLARS_PER_GB_MONTH


Act = Callable[[Company], Awaitable[Rates]]


async def run(
    course: Course,
    stores: Stores,
    act: Act,
    *,
    work: Path,
    env: Mapping[str, str],
    console: Console,
) -> Trials:
    """Prepare, let `act` play, and put together what came of it. Raises LoadTestError."""
    began, created_at = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
    dataset = await count_rows(stores.template_url, course.source)
    async with prepared(stores, course.subjects, work=work, env=env) as ground:
        company, rates = await _acted(course, ground, act, console)
        versions = await _versions(ground)
    why = [
        f"{trial['subject']}, {trial['scenario']}, repeat {trial['repeat']}: {text}"
        for trial in company.trials
        for text in trial["why"]
    ]
    return {
        "schema": SCHEMA,
        "kind": course.kind,
        "created_at": created_at,
        "command": course.command,
        "quick": course.quick,
        "duration_s": time.monotonic() - began,
        "machine": this_machine(),
        "versions": versions,
        "seed": course.seed,
        "dataset": dataset,
        "price_dollars_per_gb_month": course.price_dollars_per_gb_month,
        "article": ARTICLE,
        "server_processes": PROCESSES,
        "unlimited": UNLIMITED,
        "repeats": course.repeats,
        "rates": rates,
        "subjects": [subject.words() for subject in course.subjects],
        "scenarios": [scenario.words() for scenario in course.scenarios],
        "figures": FIGURES,
        "trials": company.trials,
        "summary": summarize(company.trials),
        "goals": [],
        "valid": not why,
        "why": why,
    }


async def _acted(
    course: Course, ground: Ground, act: Act, console: Console
) -> tuple[Company, Rates]:
    with showing(console, expected_s(course)) as show:
        contest = Contest(
            generator=ground.generator,
            counter=ground.counter,
            show=show,
            sizes=QUICK if course.quick else FULL,
            seed=course.seed,
            population=ground.population,
            work=ground.work,
            shared_stores=ground.stores.shared,
            pids=set(),
        )
        company = Company(contest, ground)
        forgotten = await ground.counter.forgotten()
        rates = await act(company)
        if await ground.counter.forgotten() != forgotten:
            contest.distrust("pg_stat_statements ran out of room: its counts are too low")
    return company, rates


def expected_s(course: Course) -> float:
    """About how long it takes, for the bar."""
    share = QUICK.steady_share if course.quick else 1.0
    scenarios_s = sum(scenario.expected_s * share for scenario in course.scenarios)
    groups = {scenario.group for scenario in course.scenarios}
    start_s = len(groups) * (START_S + WARM_S[course.quick])
    return len(course.subjects) * course.repeats * (scenarios_s + start_s)


async def _versions(ground: Ground) -> dict[str, str]:
    async with database(ground.stores.template_url) as connection:
        postgres = str(await connection.fetchval("SHOW server_version"))
    async with store(next(iter(ground.stores.redis_urls.values()))) as opened:
        valkey = await opened.version()
    return {"postgres": postgres, "valkey": valkey, **package_versions()}
