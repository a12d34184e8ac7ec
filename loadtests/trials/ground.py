"""What all trials of a run stand on, and one subject's services for the length of a trial."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from loadtests.contest import Contest, Contestant
from loadtests.counting import DatabaseCounter, counting
from loadtests.databases import copy_template
from loadtests.dataset import count_rows, read_population
from loadtests.generator import Generator, generating
from loadtests.phases import warm
from loadtests.services import PROCESSES, UNLIMITED, serving
from loadtests.setup import POPULATION, tokens
from loadtests.sql import connected as database
from loadtests.stores import Store, connected
from loadtests.trials.gate import gated
from loadtests.trials.scenario import Scenario
from loadtests.trials.sources import Missing
from loadtests.trials.standing import Facts
from loadtests.trials.subject import Subject

OTHERS = "the cache server is shared with others, whose {} it would count as well"
SHARED: Missing = {"memory": OTHERS.format("bytes"), "commands": OTHERS.format("commands")}
PRISTINE = "pristine"
# Of whoever runs us; a subject says itself which plan it is.
CHOICES = ("CORRAL_STRATEGY", "CORRAL_PLAN", "CORRAL_SET")


@dataclass(frozen=True)
class Stores:
    """Where a run may work: a migrated and seeded template, and a cache server by subject's slug.

    `shared`: others use them, too, so nothing is flushed and no memory is known. `began_empty`:
    slugs whose shared store held nothing, so that what lies in it after a trial is all ours.
    """

    template_url: str
    redis_urls: Mapping[str, str]
    shared: bool
    began_empty: frozenset[str] = frozenset()
    source: str = "the template database"


@dataclass(frozen=True)
class Ground:
    """What stands from the first trial to the last. `databases` by subject's slug."""

    stores: Stores
    databases: Mapping[str, str]
    pristine_url: str
    population: Path
    admin_token: str
    generator: Generator
    counter: DatabaseCounter
    work: Path
    env: Mapping[str, str]

    @property
    def shared(self) -> bool:
        """Whether others may use the stores."""
        return self.stores.shared

    @property
    def missing(self) -> Missing:
        """What is not known of a server that others use as well."""
        return SHARED if self.shared else {}

    @asynccontextmanager
    async def opened(self, subject: Subject, scenario: Scenario) -> AsyncIterator[Contestant]:
        """The subject's services, on its own database and its own store, perhaps behind a gate."""
        redis_url = self.stores.redis_urls[subject.slug]
        async with AsyncExitStack() as stack:
            gate = None
            if scenario.behind_gate:
                standing = gated(redis_url, env=self.env, logs=self.work)
                gate = await stack.enter_async_context(standing)
                redis_url = gate.url
            services = on_stage(self, subject, scenario.settings, redis_url)
            yield replace(await stack.enter_async_context(services), gate=gate)

    async def warm(self, contest: Contest, contestant: Contestant) -> None:
        """From an empty cache."""
        await warm(contest, contestant)

    async def renew(self, subject: Subject) -> None:
        """From the copy in which nobody works: the template is in use, as counts are read there."""
        await copy_template(self.pristine_url, subject.slug)

    async def facts(self) -> Facts:
        """Rows of the template, and versions of both servers."""
        async with database(self.stores.template_url) as connection:
            postgres = str(await connection.fetchval("SHOW server_version"))
        async with connected(next(iter(self.stores.redis_urls.values()))) as opened:
            versions = {"postgres": postgres, "valkey": await opened.version()}
        dataset = await count_rows(self.stores.template_url, self.stores.source)
        return Facts(dataset, versions, PROCESSES, UNLIMITED)


@asynccontextmanager
async def prepared(
    stores: Stores, subjects: Sequence[Subject], *, work: Path, env: Mapping[str, str]
) -> AsyncIterator[Ground]:
    """Databases copied, everybody signed in, the generator up; all ended with the block.

    Raises LoadTestError with what to do when something is missing.
    """
    env = {name: value for name, value in env.items() if name not in CHOICES}
    people = await read_population(stores.template_url)
    given = {**env, "DATABASE_URL": stores.template_url}
    everyone, admin_token = await tokens(given, people.handles[0])
    replace(people, tokens=everyone).save(population := work / POPULATION)
    databases = {one.slug: await copy_template(stores.template_url, one.slug) for one in subjects}
    pristine_url = await copy_template(stores.template_url, PRISTINE)
    async with AsyncExitStack() as stack:
        generator = await stack.enter_async_context(generating(env=env, logs=work))
        counter = await stack.enter_async_context(counting(stores.template_url))
        await generator.ready()
        told = (population, admin_token, generator, counter, work, env)
        yield Ground(stores, databases, pristine_url, *told)


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
    name, env, token = subject.name, {**ground.env, **chosen}, ground.admin_token
    async with (
        connected(ground.stores.redis_urls[slug]) as store,
        _left_as_found(store, ground.stores, slug),
        serving(name, env=env, logs=ground.work, admin_token=token) as service,
    ):
        await service.ready()
        base = urlsplit(ground.databases[slug]).path.lstrip("/")
        yield Contestant(name, service, base, store)
        await asyncio.sleep(0)  # a Ctrl-C that came meanwhile is heard before servers end


@asynccontextmanager
async def _left_as_found(store: Store, stores: Stores, slug: str) -> AsyncIterator[None]:
    """Take back what a trial puts there: the next begins empty, and others' keys are let alone."""
    try:
        yield
    finally:
        if not stores.shared:
            await store.flush()
        elif slug in stores.began_empty:
            await store.remove_every_key()
