"""`run`: some scenarios against some strategies, side by side."""

import argparse
import json
import os
from pathlib import Path

from rich.console import Console

from loadtests.commands.command import Command, pair, typed, until_stopped, work_in
from loadtests.errors import LoadTestError
from loadtests.scenarios import SCENARIOS
from loadtests.trials.course import Course
from loadtests.trials.course import run as course_run
from loadtests.trials.ground import Stores
from loadtests.trials.playing import Company, play
from loadtests.trials.schema import Rates, Trials
from loadtests.trials.subject import Subject

LEAST_PER_S = 100.0


def _run(options: argparse.Namespace, console: Console) -> int:
    trials = until_stopped(_trials(options, console), console, options.parent)
    out: Path = options.out
    (out / "result.json").write_text(json.dumps(trials, indent=1) + "\n")
    console.print(f"Result: {out / 'result.json'}")
    return 0


async def _trials(options: argparse.Namespace, console: Console) -> Trials:
    names = options.scenario.split(",")
    unknown = [name for name in names if name not in SCENARIOS]
    if unknown:
        raise LoadTestError(
            f"There is no scenario {unknown[0]!r}; choose from {', '.join(SCENARIOS)}."
        )
    course = Course(
        kind="run",
        subjects=[
            Subject(name, name, {"CORRAL_STRATEGY": name}) for name in options.strategy.split(",")
        ],
        scenarios=[SCENARIOS[name] for name in names],
        repeats=options.repeats,
        seed=options.seed,
        quick=options.quick,
        source="the template database",
        command=typed(None),
    )
    stores = Stores(options.database_url, dict(options.redis), shared=False)
    rates = Rates(low=options.rate, high=options.rate, rule="given")

    async def act(company: Company) -> Rates:
        company.rates = rates
        await play(company, course.subjects, course.scenarios, course.repeats)
        return rates

    with work_in(options.out) as work:
        return await course_run(course, stores, act, work=work, env=os.environ, console=console)


def _options(run: argparse.ArgumentParser) -> None:
    run.add_argument("--scenario", default="browse", help=f"of {', '.join(SCENARIOS)}")
    run.add_argument("--strategy", default="no_cache,naive,layered", help="see `corral strategies`")
    run.add_argument("--repeats", type=int, default=5)
    run.add_argument("--rate", type=float, default=LEAST_PER_S, help="requests a second")
    run.add_argument("--seed", type=int, default=1)
    run.add_argument("--quick", action="store_true")
    run.add_argument("--out", type=Path, default=Path("reports/run"))
    run.add_argument("--database-url", required=True)
    run.add_argument("--redis", action="append", required=True, type=pair)
    run.add_argument("--parent", type=int, metavar="PID", help="end when this parent has gone")


RUN = Command("run", "scenarios against strategies, side by side", _options, _run)
