"""Each fault, a deploy and a time lapse against real services: the article's before, and ours."""

import os
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from loadtests.contest import QUICK, Contest
from loadtests.scenarios import SCENARIOS, time_lapse
from loadtests.trials.ground import Stores, prepared
from loadtests.trials.playing import Company, play
from loadtests.trials.schema import Rates, Trial
from loadtests.trials.subject import Subject
from service.embedded.servers import Servers
from tests.loadtests.test_phases import Silent
from tests.world import Databases

SUBJECTS = [Subject(name, name, {"CORRAL_STRATEGY": name}) for name in ("naive", "layered")]
TINY = replace(QUICK, warm_requests=200, steady_share=0.2)
RATE_PER_S = 40.0
LOADS_AT_ONCE = 16  # eight in each of two processes
Found = dict[str, Trial]


@pytest_asyncio.fixture(scope="module")
async def company(
    servers: Servers, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Company]:
    """A small world, a database and a store for each subject, and a generator."""
    work = tmp_path_factory.mktemp("faults")
    async with databases.copy_of("corral_test_world") as template:
        urls = {one.slug: servers.redis_urls[one.slug] for one in SUBJECTS}
        stores = Stores(template, urls, shared=False)
        async with prepared(stores, SUBJECTS, work=work, env=os.environ) as ground:
            contest = Contest(
                generator=ground.generator,
                counter=ground.counter,
                show=Silent(),
                sizes=TINY,
                seed=1,
                population=ground.population,
                work=work,
                shared_stores=False,
                pids=set(),
            )
            yield Company(contest, ground, Rates(low=RATE_PER_S, high=RATE_PER_S, rule="given"))


async def played(company: Company, *names: str) -> dict[str, Found]:
    """The last trial of each scenario and subject. A busy machine makes trials invalid, not us."""
    await play(company, SUBJECTS, [SCENARIOS[name] for name in names], 1)
    found: dict[str, Found] = {}
    for trial in company.trials:
        found.setdefault(trial["scenario"], {})[trial["subject"]] = trial
    return found


async def test_faults_of_the_cache(company: Company) -> None:
    """Down, hung and slow; each is drawn with its beginning and its end."""
    found = await played(company, "cache-down", "cache-hung", "cache-slow")
    for trials in found.values():
        for trial in trials.values():
            events = trial["drawing"]["events"]
            assert 2 == len(events)
            assert events[1][0] - events[0][0] == pytest.approx(1.6, abs=0.5)
            assert 0 < trial["figures"]["gate_ms_per_command"] < 5
    naive, layered = (
        found["cache-down"]["naive"]["figures"],
        found["cache-down"]["layered"]["figures"],
    )
    assert naive["errors_during"] > 0.8 * RATE_PER_S  # nearly all: only writes may do without
    assert 0 == layered["errors_during"]
    assert layered["peak_loads_during"] <= LOADS_AT_ONCE
    naive, layered = (
        found["cache-hung"]["naive"]["figures"],
        found["cache-hung"]["layered"]["figures"],
    )
    assert naive["p99_after_ms"] + naive.get("p99_during_ms", 9e9) > 500
    assert layered["p99_during_ms"] < naive.get("p99_during_ms", 9e9)
    assert 0 == layered["errors_during"]
    slow = found["cache-slow"]["naive"]["figures"]
    assert slow["p99_during_ms"] >= 30 > 0
    assert 0 == slow["errors_during"]


async def test_a_deploy_that_renames_every_key(company: Company) -> None:
    """Nobody is refused, everything is loaded again, and the former keys are still there."""
    found = (await played(company, "deploy"))["deploy"]
    for trial in found.values():
        assert 0 == trial["figures"]["errors"]
        assert trial["figures"]["extra_loads"] > 0
        assert trial["figures"]["bytes_left"] > 0
        assert ["process 1 of 2 is the new release", "process 2 of 2 is the new release"] == [
            said for _, said in trial["drawing"]["events"]
        ][:2]


async def test_a_time_lapse(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without TTLs every key stays, and most are of people who left."""
    monkeypatch.setattr(time_lapse, "LEAST_MONTH_S", 0.3)
    found = (await played(company, "time-lapse"))["time-lapse"]
    naive, layered = (found[name] for name in ("naive", "layered"))
    assert naive["figures"]["keys_without_ttl"] > 0
    assert 0 == layered["figures"]["keys_without_ttl"]
    for trial in found.values():
        assert "post" in trial["drawing"]["memory"]
        assert trial["figures"]["peak_bytes"] >= trial["figures"]["cache_bytes"] > 0
        sizes = [size for band in trial["drawing"]["memory"].values() for _, size in band]
        assert all(size >= 0 for size in sizes)
