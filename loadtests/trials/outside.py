"""A service that somebody else started: measured by HTTP, and by what else of it is at hand."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from loadtests.contest import Contest, Contestant
from loadtests.counting import DatabaseCounter, counting, uncounted
from loadtests.dataset import count_rows
from loadtests.discovery import LISTS, population_of
from loadtests.elsewhere import Elsewhere
from loadtests.errors import LoadTestError
from loadtests.generator import Generator, generating
from loadtests.http import call
from loadtests.listening import served_by
from loadtests.phases import fill
from loadtests.population import Population
from loadtests.setup import POPULATION
from loadtests.sql import connected as database
from loadtests.stores import Store, Unseen, connected
from loadtests.trials.replays import spoilt_alone
from loadtests.trials.scenario import Scenario
from loadtests.trials.sources import Missing, Source
from loadtests.trials.standing import Facts
from loadtests.trials.subject import Subject

UNTOLD = "the service tells its counters with --admin-token alone"
OLDER = "the service does not tell what is under way, so a load may be of the phase before"
NOT_OURS = "what lies in the cache of a service that is not ours stays as it is"


@dataclass(frozen=True)
class Outside:
    """Where it is, and what of it may be asked. `hosts`: its processes, as "127.0.0.1:8000"."""

    hosts: Sequence[str]
    admin_token: str = ""
    redis_url: str = ""
    database_url: str = ""
    population: Path | None = None
    tells_under_way: bool = True

    @property
    def missing(self) -> Missing:
        """Sources of figures that are out of reach."""
        missing: dict[Source, str] = {"memory": NOT_OURS, "keys": NOT_OURS}
        if not self.admin_token:
            missing["counters"] = missing["loads"] = UNTOLD
        elif not self.tells_under_way:
            missing["loads"] = OLDER
        if not self.admin_token and not self.database_url:
            missing["statements"] = "nobody counts them: give --admin-token or --database-url"
        if not self.redis_url:
            missing["commands"] = "the cache server counts them: give --redis-url"
        return missing

    def subject(self) -> Subject:
        """The service as what is compared: with its next run."""
        return Subject(self.hosts[0], f"the service at {', '.join(self.hosts)}", {})


@dataclass(frozen=True)
class Visit:
    """What stands while a service elsewhere is measured."""

    outside: Outside
    population: Path
    generator: Generator
    counter: DatabaseCounter
    store: Store
    work: Path
    shared: bool = True

    @property
    def missing(self) -> Missing:
        """Sources that are out of reach."""
        return self.outside.missing

    @asynccontextmanager
    async def opened(
        self, contest: Contest, subject: Subject, scenario: Scenario, _repeat: int
    ) -> AsyncIterator[Contestant]:
        """The service as it stands, with the trace on top of whatever lies in its cache."""
        hosts = [*self.outside.hosts]
        pids = sorted({pid for host in hosts for pid in served_by(host)})
        service = Elsewhere(subject.name, [], self.outside.admin_token, hosts, pids)
        base = urlsplit(self.outside.database_url).path.lstrip("/")
        contestant = Contestant(subject.name, service, base, self.store)
        contest.pids = {self.generator.pid, *contestant.pids}
        if scenario.starts_warm:
            await fill(contest, contestant)
            contestant.found.before = [spoilt_alone(contest.conditions[-1])]
        yield contestant

    async def facts(self) -> Facts:
        """As much as its stores tell, where they were given."""
        versions, dataset, url = {}, None, self.outside.database_url
        if url:
            dataset = await count_rows(url, f"the database of {self.outside.hosts[0]}")
            async with database(url) as connection:
                versions["postgres"] = str(await connection.fetchval("SHOW server_version"))
        if self.outside.redis_url:
            versions["valkey"] = await self.store.version()
        return Facts(dataset, versions, len(self.outside.hosts), unlimited="")


@asynccontextmanager
async def visited(outside: Outside, *, work: Path, env: Mapping[str, str]) -> AsyncIterator[Visit]:
    """The generator up, and the service found ready. Raises LoadTestError when it is not."""
    for host in outside.hosts:
        await call(f"http://{host}/readyz")
        if outside.admin_token:
            told = await call(f"http://{host}/v1/admin/stats", token=outside.admin_token)
            outside = replace(
                outside, tells_under_way=outside.tells_under_way and "in_flight" in told
            )
    people = await _population(outside)
    people.save(population := work / POPULATION)
    async with AsyncExitStack() as stack:
        store: Store = Unseen()
        if outside.redis_url:
            store = await stack.enter_async_context(connected(outside.redis_url))
        counter = uncounted()
        if outside.database_url:
            counter = await stack.enter_async_context(counting(outside.database_url))
        generator = await stack.enter_async_context(generating(env=env, logs=work))
        await generator.ready()
        yield Visit(outside, population, generator, counter, store, work)


async def _population(outside: Outside) -> Population:
    if outside.population is not None:
        try:
            return Population.load(outside.population)
        except (OSError, ValueError, TypeError) as error:
            raise LoadTestError(f"{outside.population} is no population: {error}") from error
    host = outside.hosts[0]
    try:
        found = population_of([await call(f"http://{host}{path}") for path in LISTS])
    except (ValueError, KeyError, TypeError) as error:
        raise LoadTestError(f"http://{host} does not answer like Corral: {error!r}") from error
    if not found.posts:
        raise LoadTestError(f"http://{host} lists no posts: seed it, or give --population.")
    return found


def address(url: str) -> str:
    """`127.0.0.1:8000` of `http://127.0.0.1:8000/`. Raises LoadTestError for what is none."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    try:
        port = parts.port or 80
    except ValueError:
        port = 0
    if parts.scheme != "http" or not parts.hostname or not port or parts.path.strip("/"):
        raise LoadTestError(f"{url} is no address to send to: write http://HOST:PORT, without TLS.")
    return f"{parts.hostname}:{port}"
