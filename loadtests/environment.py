"""The stores of a run: embedded ones for its length, or those of DATABASE_URL and REDIS_URL."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from loadtests.databases import drop_copies, make_database
from loadtests.embedded import servers
from loadtests.given_stores import GivenStores, given_stores
from loadtests.processes import output_of, shown
from loadtests.services import CORRAL
from loadtests.trials.ground import Stores

HOME = Path(".corral/loadtests")
TEMPLATE = "corral_template_{}"  # one a size: to come back to a large one costs nothing


@dataclass(frozen=True)
class Data:
    """What the template is filled with."""

    size: str
    seed: int

    def __str__(self) -> str:
        return f"generated, {self.size}, seed {self.seed}"


@dataclass(frozen=True)
class Surroundings:
    """Where a run finds itself. `may_overwrite`: given stores are used even when not empty."""

    work: Path
    env: Mapping[str, str]
    console: Console
    may_overwrite: bool = False


@asynccontextmanager
async def stores_for(
    slugs: Sequence[str], data: Data, around: Surroundings
) -> AsyncIterator[Stores]:
    """A template with data in it and a cache for each slug, for the length of the block.

    Raises LoadTestError, with what to do, when there are none to have.
    """
    given = given_stores(around.env)
    if given is not None:
        yield await _given(given, slugs, data, around)
        return
    around.console.print(f"Starting PostgreSQL and {len(slugs)} Valkeys in {HOME}", style="dim")
    async with servers(HOME, slugs, work=around.work, env=around.env) as up:
        await drop_copies(up.database_url)
        template_url = await make_database(up.database_url, TEMPLATE.format(data.size))
        await _fill(template_url, data, around, replace=True)
        yield Stores(template_url, up.redis_urls, shared=False, source=str(data))


async def _given(
    given: GivenStores, slugs: Sequence[str], data: Data, around: Surroundings
) -> Stores:
    redis_urls = given.redis_urls(slugs)
    began_empty = await given.empty_stores(redis_urls)
    if not around.may_overwrite:
        await given.refuse_unless_empty(redis_urls, began_empty)
    await _fill(given.database_url, data, around, replace=around.may_overwrite)
    return Stores(given.database_url, redis_urls, True, began_empty, str(data))


async def _fill(url: str, data: Data, around: Surroundings, *, replace: bool) -> None:
    """Tables and rows; what is there and would be the same is kept."""
    env = {**around.env, "DATABASE_URL": url}
    await output_of([*CORRAL, "migrate"], env=env)
    seed = [*CORRAL, "seed", "--size", data.size, "--seed", str(data.seed), "--keep"]
    await shown([*seed, *["--yes"] * replace], env=env)
