"""What all trials of a run stand on, and one subject's services for the length of a trial."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from loadtests.contest import Contestant
from loadtests.counting import DatabaseCounter, counting
from loadtests.databases import copy_template
from loadtests.dataset import read_population
from loadtests.generator import Generator, generating
from loadtests.services import UNLIMITED, serving
from loadtests.setup import POPULATION, tokens
from loadtests.stores import connected
from loadtests.trials.subject import Subject


@dataclass(frozen=True)
class Stores:
    """Where a run may work: a migrated and seeded template, and a cache server by subject's slug.

    `shared`: others use them, too, so nothing is flushed and no memory is known.
    """

    template_url: str
    redis_urls: Mapping[str, str]
    shared: bool


@dataclass(frozen=True)
class Ground:
    """What stands from the first trial to the last. `databases` by subject's slug."""

    stores: Stores
    databases: Mapping[str, str]
    population: Path
    admin_token: str
    generator: Generator
    counter: DatabaseCounter
    work: Path
    env: Mapping[str, str]


@asynccontextmanager
async def prepared(
    stores: Stores, subjects: Sequence[Subject], *, work: Path, env: Mapping[str, str]
) -> AsyncIterator[Ground]:
    """Databases copied, everybody signed in, the generator up; all ended with the block.

    Raises LoadTestError with what to do when something is missing.
    """
    people = await read_population(stores.template_url)
    given = {**env, "DATABASE_URL": stores.template_url}
    everyone, admin_token = await tokens(given, people.handles[0])
    replace(people, tokens=everyone).save(population := work / POPULATION)
    databases = {one.slug: await copy_template(stores.template_url, one.slug) for one in subjects}
    async with AsyncExitStack() as stack:
        generator = await stack.enter_async_context(generating(env=env, logs=work))
        counter = await stack.enter_async_context(counting(stores.template_url))
        await generator.ready()
        yield Ground(
            stores, databases, population, admin_token, generator, counter, work, dict(env)
        )


@asynccontextmanager
async def on_stage(
    ground: Ground, subject: Subject, settings: Mapping[str, str], redis_url: str
) -> AsyncIterator[Contestant]:
    """One subject's services, ready, on its own database and its own store.

    They reach their cache by `redis_url`; what is measured of the store goes to it directly.
    """
    slug = subject.slug
    chosen = {"DATABASE_URL": ground.databases[slug], "REDIS_URL": redis_url}
    chosen |= {"CORRAL_ADMIN": "1", "CORRAL_UNLIMITED": UNLIMITED, **subject.settings, **settings}
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(
            serving(
                subject.name,
                env={**ground.env, **chosen},
                logs=ground.work,
                admin_token=ground.admin_token,
            )
        )
        store = await stack.enter_async_context(connected(ground.stores.redis_urls[slug]))
        await service.ready()
        database = urlsplit(ground.databases[slug]).path.lstrip("/")
        yield Contestant(subject.name, service, database, store)
        await asyncio.sleep(0)  # a Ctrl-C that came meanwhile is heard before servers end
