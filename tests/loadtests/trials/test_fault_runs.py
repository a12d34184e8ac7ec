"""Each fault, a deploy and a time lapse against real services: the article's before, and ours."""

import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest
import pytest_asyncio

from loadtests.contest import QUICK
from loadtests.scenarios import SCENARIOS, time_lapse
from loadtests.scenarios.cache_slow import DELAY_S
from loadtests.trials.company import Company
from loadtests.trials.faults import FAULT_S
from loadtests.trials.scenario import Seen
from loadtests.trials.stage import Stage
from loadtests.trials.subject import Subject
from service.embedded.servers import Servers
from tests.loadtests.trials.small_company import RATE_PER_S, small_company
from tests.world import Databases

NAIVE, LAYERED = (Subject(name, name, {"CORRAL_STRATEGY": name}) for name in ("naive", "layered"))
IS_PROOF = os.environ.get("CORRAL_PROOF") == "1"
pytestmark = pytest.mark.skipif(not IS_PROOF, reason="takes a minute; CORRAL_PROOF=1 runs it")
TINY = replace(QUICK, warm_requests=200, steady_share=0.2, idle_s=0.2)
LOADS_AT_ONCE = 16  # eight in each of two processes
Found = dict[str, Seen]


@pytest_asyncio.fixture(scope="module")
async def company(
    servers: Servers, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Company]:
    """A small world, a database and a store for each subject, and a generator."""
    work = tmp_path_factory.mktemp("faults")
    async with small_company(servers, databases, [NAIVE, LAYERED], TINY, work) as company:
        yield company


async def played(company: Company, *names: str, subjects: Sequence[Subject]) -> dict[str, Found]:
    """One trial each, on the same services where scenarios may share them; no turn is repeated."""
    found: dict[str, Found] = {name: {} for name in names}
    scenarios = [SCENARIOS[name] for name in names]
    contest, ground = company.contest, company.ground
    for subject in subjects:
        async with ground.opened(contest, subject, scenarios[0], 1) as contestant:
            for one in scenarios:
                stage = Stage(contest, contestant, company.rates, one.name, 1, company.earlier)
                found[one.name][subject.name] = await one.play(stage)
    return found


async def test_faults_of_the_cache(company: Company) -> None:
    """Down, hung and slow; each is drawn with its beginning and its end."""
    names = ("cache-down", "cache-hung", "cache-slow") if IS_PROOF else ("cache-down",)
    found = await played(company, *names, subjects=[NAIVE, LAYERED])
    for seen in (one for trials in found.values() for one in trials.values()):
        (began_s, _), (ended_s, _) = seen.drawing["events"]
        assert TINY.steady_share * FAULT_S == pytest.approx(ended_s - began_s, abs=0.5)
        assert 0 < seen.figures["gate_ms_per_command"] < 5
    down = {name: seen.figures for name, seen in found["cache-down"].items()}
    assert down["naive"]["errors_during"] > 0.5 * RATE_PER_S * TINY.steady_share * FAULT_S
    assert 0 == down["layered"]["errors_during"]
    assert down["layered"]["peak_loads_during"] <= LOADS_AT_ONCE
    if IS_PROOF:
        hung = {name: seen.figures for name, seen in found["cache-hung"].items()}
        never = float("inf")  # nobody was answered at all
        assert hung["layered"]["p99_during_ms"] < hung["naive"].get("p99_during_ms", never)
        assert 0 == hung["layered"]["errors_during"]
        slow = {name: seen.figures for name, seen in found["cache-slow"].items()}
        assert slow["naive"]["p99_during_ms"] >= DELAY_S * 1_000
        assert (0, 0) == tuple(slow[name]["errors_during"] for name in ("naive", "layered"))


async def test_a_deploy_that_renames_every_key(company: Company) -> None:
    """Nobody is refused, everything is loaded again, and the former keys are still there."""
    subjects = [NAIVE, LAYERED] if IS_PROOF else [LAYERED]
    for seen in (await played(company, "deploy", subjects=subjects))["deploy"].values():
        assert 0 == seen.figures["errors"]
        assert seen.figures["extra_loads"] > 0
        assert seen.figures["bytes_left"] > 0
        said = [words for _, words in seen.drawing["events"]]
        assert [
            "process 1 of 2 is the new release",
            "process 2 of 2 is the new release",
            "the former release has ended",
        ] == said


async def test_a_time_lapse(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without TTLs every key stays; with them none does."""
    monkeypatch.setattr(time_lapse, "LEAST_MONTH_S", 0.2)
    monkeypatch.setattr(time_lapse, "MONTH_S", 0.2)
    found = (await played(company, "time-lapse", subjects=[NAIVE, LAYERED]))["time-lapse"]
    assert found["naive"].figures["keys_without_ttl"] > 0
    assert 0 == found["layered"].figures["keys_without_ttl"]
    for seen in found.values():
        assert "post" in seen.drawing["memory"]
        assert seen.figures["peak_bytes"] >= seen.figures["cache_bytes"] > 0
