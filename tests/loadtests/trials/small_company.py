"""A company on real servers for trials of a test: a small world, and a store for each subject."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from loadtests.contest import Contest, Sizes
from loadtests.trials.company import Company
from loadtests.trials.ground import Stores, prepared
from loadtests.trials.schema import Rates
from loadtests.trials.subject import Subject
from service.embedded.servers import Servers
from tests.loadtests.test_phases import Silent
from tests.world import Databases

RATE_PER_S = 40.0


@asynccontextmanager
async def small_company(
    servers: Servers, databases: Databases, subjects: Sequence[Subject], sizes: Sizes, work: Path
) -> AsyncIterator[Company]:
    """A database and a store for each subject, and a generator; both rates are `RATE_PER_S`."""
    async with databases.copy_of("corral_test_world") as template:
        urls = {one.slug: servers.redis_urls[one.slug] for one in subjects}
        stores = Stores(template, urls, shared=False)
        async with prepared(stores, subjects, work=work, env=os.environ) as ground:
            contest = Contest(
                generator=ground.generator,
                counter=ground.counter,
                show=Silent(),
                sizes=sizes,
                seed=1,
                population=ground.population,
                work=work,
                shared_stores=False,
                pids=set(),
            )
            yield Company(contest, ground, Rates(low=RATE_PER_S, high=RATE_PER_S, rule="given"))
