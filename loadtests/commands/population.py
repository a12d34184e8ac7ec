"""`population`: the file of people, posts and tokens that `--population` reads."""

import argparse
import os
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from loadtests.commands.command import Command, until_stopped
from loadtests.dataset import read_population
from loadtests.errors import LoadTestError
from loadtests.given_stores import DATABASE
from loadtests.population import Population
from loadtests.setup import TOKENS_LIVE_S, tokens


def _run(options: argparse.Namespace, console: Console) -> int:
    people = until_stopped(_people(), console)
    out: Path = options.out
    out.touch(mode=0o600)
    out.chmod(0o600)  # whoever reads it is everybody
    people.save(out)
    console.print(
        f"{out}: {len(people.handles):,} people with tokens for {TOKENS_LIVE_S // 3_600} hours, "
        f"{len(people.posts):,} posts",
        highlight=False,
    )
    return 0


async def _people() -> Population:
    url = os.environ.get(DATABASE)
    if not url:
        raise LoadTestError(f"Set {DATABASE} to the database of the service.")
    people = await read_population(url)
    everyone, _ = await tokens(os.environ, people.handles[0])
    return replace(people, tokens=everyone)


def _options(population: argparse.ArgumentParser) -> None:
    population.description = (
        "Write who is in DATABASE_URL, with tokens signed by the CORRAL_SECRET of the service."
    )
    population.add_argument("--out", type=Path, required=True, help="a file that only you read")


POPULATION = Command("population", "people and tokens of a service, for --host", _options, _run)
