"""Everything that stands before the first request: databases, tokens, servers, generator."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from loadtests.contest import Contestant
from loadtests.counting import DatabaseCounter, counting
from loadtests.databases import copy_template
from loadtests.dataset import read_population
from loadtests.errors import LoadTestError
from loadtests.generator import Generator, generating
from loadtests.processes import output_of
from loadtests.services import CORRAL, UNLIMITED, serving
from loadtests.stores import connected

POPULATION = "population.json"
TOKENS_LIVE_S = 6 * 3_600  # longer than any run


@dataclass(frozen=True)
class Ground:
    """What a run stands on."""

    contestants: list[Contestant]
    generator: Generator
    counter: DatabaseCounter
    population: Path
    pids: set[int]


@asynccontextmanager
async def prepared(
    *,
    template_url: str,
    redis_urls: Mapping[str, str],
    strategies: Sequence[str],
    work: Path,
    env: Mapping[str, str],
) -> AsyncIterator[Ground]:
    """All that a run needs, up and ready; ended with the block, whichever way it ends.

    Raises LoadTestError with what to do when something is missing.
    """
    _check(strategies, redis_urls)
    people = await read_population(template_url)
    everyone, admin_token = await tokens({**env, "DATABASE_URL": template_url}, people.handles[0])
    replace(people, tokens=everyone).save(population := work / POPULATION)
    databases = {name: await copy_template(template_url, name) for name in strategies}
    async with AsyncExitStack() as stack:
        generator = await stack.enter_async_context(generating(env=env, logs=work))
        contestants = []
        for name in strategies:
            given = {"DATABASE_URL": databases[name], "REDIS_URL": redis_urls[name]}
            given |= {"CORRAL_STRATEGY": name, "CORRAL_ADMIN": "1", "CORRAL_UNLIMITED": UNLIMITED}
            service = await stack.enter_async_context(
                serving(name, env={**env, **given}, logs=work, admin_token=admin_token)
            )
            store = await stack.enter_async_context(connected(redis_urls[name]))
            database = urlsplit(databases[name]).path.lstrip("/")
            contestants.append(Contestant(name, service, database, store))
        await asyncio.gather(generator.ready(), *(one.service.ready() for one in contestants))
        counter = await stack.enter_async_context(counting(template_url))
        pids = {generator.pid, *(pid for one in contestants for pid in one.service.pids)}
        yield Ground(contestants, generator, counter, population, pids)


def _check(strategies: Sequence[str], redis_urls: Mapping[str, str]) -> None:
    for name in strategies:
        if name not in redis_urls:
            raise LoadTestError(f"No store for {name}: give one with --redis {name}=redis://...")
    used = [redis_urls[name] for name in strategies]
    if len(set(used)) < len(used):
        raise LoadTestError(
            "Two strategies have the same store, where they would read each other's keys. Give "
            "each a server or at least a database number of its own (redis://host:6379/1)."
        )


async def tokens(env: Mapping[str, str], handle: str) -> tuple[dict[str, str], str]:
    """A token for everybody, and one for an administrator."""
    command = [*CORRAL, "token", "--ttl-s", str(TOKENS_LIVE_S)]
    everyone, admin = await asyncio.gather(
        output_of([*command, "--everyone"], env=env),
        output_of([*command, "--user", handle, "--admin"], env=env),
    )
    return json.loads(everyone), admin.strip()
