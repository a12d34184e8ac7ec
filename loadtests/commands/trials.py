"""What commands of trials share: their options, where they run, and what they leave."""

import argparse
import json
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from loadtests.commands.command import typed, until_stopped, work_in
from loadtests.commands.numbers import at_least_one, dollars
from loadtests.commands.rates import given_rates, rate_options
from loadtests.contest import Sizes
from loadtests.environment import Data, Surroundings, stores_for
from loadtests.errors import LoadTestError
from loadtests.report import trials as report
from loadtests.result import DOLLARS_PER_GB_MONTH, Goal
from loadtests.trials.course import Act, Course, Part, play_all
from loadtests.trials.course import run as run_course
from loadtests.trials.ground import prepared
from loadtests.trials.offer import Offer, offered, with_no_cache
from loadtests.trials.outside import Outside, address, visited
from loadtests.trials.scenario import Reach, Scenario
from loadtests.trials.schema import Kind, Sighting, Trials
from loadtests.trials.standing import Standing
from loadtests.trials.subject import Subject

SIZES = ("small", "medium", "large")
REPEATS = {False: 5, True: 1}  # by `quick`


def no_goals(_trials: Trials) -> list[Goal]:
    """Nothing was promised."""
    return []


def all_in_all(_subjects: Sequence[Subject], _repeats: int) -> Sequence[Part]:
    """Everybody in everything: nothing to say."""
    return ()


@dataclass(frozen=True)
class Errand:
    """What a command is sent for. `subjects` chooses from the offer, before anything starts.

    `parts`: who of these is played in what, and how often; without `scenarios` they name them.
    `sizes`: by `quick`, where the usual ones do not fit.
    """

    kind: Kind
    scenarios: Sequence[Scenario]
    subjects: Callable[[Offer], Sequence[Subject]]
    act: Act = play_all
    judge: Callable[[Trials], list[Goal]] = no_goals
    parts: Callable[[Sequence[Subject], int], Sequence[Part]] = all_in_all
    sizes: Mapping[bool, Sizes] = field(default_factory=dict)
    sightings: Callable[[Trials], list[Sighting]] | None = None


def common_options(parser: argparse.ArgumentParser, *, out: Path) -> None:
    """Options of every command of trials."""
    parser.add_argument("--size", choices=SIZES, default="small", help="of the data; small")
    parser.add_argument("--seed", type=int, default=1, help="of data and traffic; 1")
    parser.add_argument(
        "--repeats",
        type=at_least_one,
        help="trials of each, interleaved; 5, with --quick 1; fewer than 5 are told on the report",
    )
    parser.add_argument("--quick", action="store_true", help="a quarter of the time, rougher")
    rate_options(parser)
    parser.add_argument(
        "--price",
        type=dollars,
        default=DOLLARS_PER_GB_MONTH,
        metavar="DOLLARS",
        help=f"of a GB of cache a month; the article's {DOLLARS_PER_GB_MONTH:g}",
    )
    parser.add_argument("--out", type=Path, default=out, help=f"folder of the report; {out}")
    parser.add_argument(
        "--yes", action="store_true", help="use DATABASE_URL and REDIS_URL even if not empty"
    )
    parser.add_argument(
        "--parent", type=at_least_one, metavar="PID", help="end when this parent has gone"
    )
    parser.add_argument("--command", help="what repeats this run, for the report; default: this")


def outside_options(parser: argparse.ArgumentParser) -> None:
    """Options for a service that somebody else started."""
    group = parser.add_argument_group("a service that runs already (see docs/load-tests.md)")
    group.add_argument(
        "--host", action="append", metavar="URL", help="of it; once for each of its processes"
    )
    group.add_argument("--admin-token", default="", help="also counters of /v1/admin/stats")
    group.add_argument("--redis-url", default="", help="its cache: also commands, by the server")
    group.add_argument("--database-url", default="", help="its database: also rows and SQL")
    group.add_argument("--population", type=Path, help="handles, posts and tokens; else its lists")


def carry_out(errand: Errand, options: argparse.Namespace, console: Console) -> int:
    """Make the run, write what came of it, and show it; the exit code."""
    trials = until_stopped(_trials(errand, options, console), console, options.parent)
    trials["goals"] = errand.judge(trials)
    if errand.sightings:
        trials["sightings"] = errand.sightings(trials)
    out: Path = options.out
    (out / "result.json").write_text(json.dumps(trials, indent=1) + "\n")
    report.write(dict(trials), out)
    report.render(dict(trials), console)
    console.print(f"Report: {out / 'report.html'}, {out / 'summary.md'}, {out / 'result.json'}")
    return 0


async def _trials(errand: Errand, options: argparse.Namespace, console: Console) -> Trials:
    outside = _outside(options)
    if outside is not None:
        _check_reach(errand.scenarios, outside)
        subjects: Sequence[Subject] = [outside.subject()]
    else:
        offer = await offered(os.environ)
        subjects = with_no_cache(errand.subjects(offer), offer)
    repeats = options.repeats or REPEATS[options.quick]
    parts = errand.parts(subjects, repeats)
    named = {one.name: one for part in parts for one in part.scenarios}
    course = Course(
        kind=errand.kind,
        subjects=subjects,
        scenarios=errand.scenarios or list(named.values()),
        repeats=repeats,
        seed=options.seed,
        quick=options.quick,
        command=typed(options.command),
        price_dollars_per_gb_month=options.price,
        given_rates=given_rates(options),
        own_sizes=errand.sizes.get(options.quick),
        own_parts=parts,
    )
    with work_in(options.out) as work:
        around = Surroundings(work, os.environ, console, may_overwrite=options.yes)
        data = Data(options.size, options.seed)
        return await run_course(
            course, _standing(course, outside, data, around), errand.act, console
        )


@asynccontextmanager
async def _standing(
    course: Course, outside: Outside | None, data: Data, around: Surroundings
) -> AsyncIterator[Standing]:
    if outside is not None:
        async with visited(outside, work=around.work, env=around.env) as visit:
            yield visit
        return
    slugs = [one.slug for one in course.subjects]
    async with stores_for(slugs, data, around) as stores:
        around.console.print("Copying databases, signing people in", style="dim")
        async with prepared(stores, course.subjects, work=around.work, env=around.env) as ground:
            yield ground


def _outside(options: argparse.Namespace) -> Outside | None:
    if not getattr(options, "host", None):
        return None
    return Outside(
        [address(url) for url in options.host],
        options.admin_token,
        options.redis_url,
        options.database_url,
        options.population,
    )


def _check_reach(scenarios: Sequence[Scenario], outside: Outside) -> None:
    able: set[Reach] = {"http", "admin"} if outside.admin_token else {"http"}
    for one in scenarios:
        if one.reach not in able:
            needs = "--admin-token" if one.reach == "admin" else "services that we start ourselves"
            raise LoadTestError(f"{one.name} cannot be played with this --host: it needs {needs}.")
