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
    save(people, options.out)
    people_said = f"{len(people.handles):,} people with tokens, {len(people.posts):,} posts"
    hours = TOKENS_LIVE_S // 3_600
    console.print(f"{options.out}: {people_said}; good for {hours} hours", highlight=False)
    return 0


def save(people: Population, file: Path) -> None:
    """Write it where only its owner can read: whoever has it is everybody."""
    file.touch(mode=0o600)
    file.chmod(0o600)
    people.save(file)


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
