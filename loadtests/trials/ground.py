"""What all trials of a run stand on, and one subject's services for the length of a turn."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from loadtests.contest import Contest, Contestant
from loadtests.counting import DatabaseCounter, counting
from loadtests.databases import copy_template
from loadtests.dataset import count_rows, read_population
from loadtests.generator import Generator, generating
from loadtests.resting import Idle
from loadtests.services import PROCESSES, UNLIMITED
from loadtests.setup import POPULATION, tokens
from loadtests.sql import connected as database
from loadtests.stores import Store, connected
from loadtests.trials.beginning import begun
from loadtests.trials.gate import gated
from loadtests.trials.pairs import Pair
from loadtests.trials.scenario import Group, Scenario
from loadtests.trials.serving import on_stage
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
    """What stands from the first trial to the last. `pairs`: by slug, as first made.

    `idle`: by slug and group, as first seen; services with other settings idle in another way.
    """

    stores: Stores
    pristine_url: str
    population: Path
    admin_token: str
    generator: Generator
    counter: DatabaseCounter
    work: Path
    env: Mapping[str, str]
    pairs: dict[str, Pair] = field(default_factory=dict)
    idle: dict[tuple[str, Group], Idle] = field(default_factory=dict)

    @property
    def shared(self) -> bool:
        """Whether others may use the stores."""
        return self.stores.shared

    @property
    def missing(self) -> Missing:
        """What is not known of a server that others use as well."""
        return SHARED if self.shared else {}

    @asynccontextmanager
    async def opened(
        self, contest: Contest, subject: Subject, scenario: Scenario, repeat: int
    ) -> AsyncIterator[Contestant]:
        """The subject's services, where its turns begin, perhaps behind a gate.

        On stores of our own that is its warm pair, or fresh rows and an empty store; on shared
        ones whatever lies in them, with the whole trace sent anew.
        """
        async with AsyncExitStack() as stack:
            store = await stack.enter_async_context(self._store(subject.slug))
            begin = await begun(self, contest, subject, store, scenario)
            redis_url, gate = store.url, None
            if scenario.behind_gate:
                standing = gated(redis_url, env=self.env, logs=self.work)
                gate = await stack.enter_async_context(standing)
                redis_url = gate.url
            services = on_stage(self, subject, scenario.settings, store, redis_url, begin.url)
            contestant = replace(await stack.enter_async_context(services), gate=gate)
            contest.show.end()
            contest.pids = {self.generator.pid, *contestant.pids}
            kind = subject.slug, scenario.group
            contestant.found.idle = self.idle.get(kind)
            await begin.settled(contest, contestant, repeat)
            yield contestant
            if contestant.found.idle is not None:
                self.idle[kind] = contestant.found.idle

    @asynccontextmanager
    async def _store(self, slug: str) -> AsyncIterator[Store]:
        """Its cache server. A trial takes back what it puts there, and lets others' keys alone."""
        async with connected(self.stores.redis_urls[slug]) as store:
            try:
                yield store
            finally:
                if not self.shared:
                    await store.flush()
                elif slug in self.stores.began_empty:
                    await store.remove_every_key()

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
    """A database nobody works in, everybody signed in, the generator up; all ended with the block.

    Raises LoadTestError with what to do when something is missing.
    """
    env = {name: value for name, value in env.items() if name not in CHOICES}
    people = await read_population(stores.template_url)
    given = {**env, "DATABASE_URL": stores.template_url}
    everyone, admin_token = await tokens(given, people.handles[0])
    replace(people, tokens=everyone).save(population := work / POPULATION)
    # Of the template itself no copy can be made later: counts are read there, for want of a place.
    pristine_url = await copy_template(stores.template_url, PRISTINE)
    async with AsyncExitStack() as stack:
        generator = await stack.enter_async_context(generating(env=env, logs=work))
        counter = await stack.enter_async_context(counting(stores.template_url))
        await generator.ready()
        yield Ground(stores, pristine_url, population, admin_token, generator, counter, work, env)
