"""Each traffic scenario against real services, tiny: the article's before, and ours."""

import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest
import pytest_asyncio

from loadtests.contest import QUICK
from loadtests.scenarios import SCENARIOS, expiry_wave
from loadtests.trials.company import Company
from loadtests.trials.playing import play
from loadtests.trials.scenario import Scenario
from loadtests.trials.schema import Trial
from loadtests.trials.subject import Subject
from service.embedded.servers import Servers
from tests.loadtests.trials.small_company import small_company
from tests.world import Databases

IS_PROOF = os.environ.get("CORRAL_PROOF") == "1"
pytestmark = pytest.mark.skipif(not IS_PROOF, reason="takes a minute; CORRAL_PROOF=1 runs it")

SUBJECTS = [Subject(name, name, {"CORRAL_STRATEGY": name}) for name in ("naive", "layered")]
TINY = replace(QUICK, warm_requests=200, steady_share=0.2, burst_requests=60, idle_s=0.2)
SHORT_LIFE = 1_000
Found = dict[str, Trial]


@pytest_asyncio.fixture(scope="module")
async def company(
    servers: Servers, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Company]:
    """A small world, a database and a store for each subject, and a generator."""
    work = tmp_path_factory.mktemp("traffic")
    async with small_company(servers, databases, SUBJECTS, TINY, work) as company:
        yield company


async def played(company: Company, scenarios: Sequence[Scenario]) -> dict[str, Found]:
    """The last trial of each scenario and subject. A busy machine makes trials invalid, not us."""
    await play(company, SUBJECTS, scenarios, 1)
    found: dict[str, Found] = {}
    for trial in company.trials:
        found.setdefault(trial["scenario"], {})[trial["subject"]] = trial
    return found


def pair(found: dict[str, Found], scenario: str) -> tuple[dict[str, float], dict[str, float]]:
    """Figures of the before, and of ours."""
    trials = found[scenario]
    return trials["naive"]["figures"], trials["layered"]["figures"]


async def test_traffic_on_warm_services(company: Company) -> None:
    """Each symptom is there before, and gone or smaller with us."""
    names = ("stampede", "missing-ids", "write-storm", "celebrity", "deep-scroll", "flash-crowd")
    found = await played(company, [SCENARIOS[name] for name in (*names, "cold-start")])

    naive, layered = pair(found, "stampede")
    assert naive["loads"] > 1
    assert 1 == layered["loads"] == layered["peak_loads"]
    assert layered["over_load_ms"] > 0
    for trial in found["stampede"].values():
        assert TINY.burst_requests == len(trial["drawing"]["timeline"])
        assert trial["figures"]["loads"] == len(trial["drawing"]["loads_timeline"])

    naive, layered = pair(found, "missing-ids")
    assert naive["sql_per_request"] > 1.5 * layered["sql_per_request"]
    assert 0 == naive["hit_rate"] < layered["hit_rate"]
    assert 0 == naive["errors"] == layered["errors"]  # an answer that was expected is none

    for scenario in ("write-storm", "celebrity", "deep-scroll", "flash-crowd"):
        for figures in pair(found, scenario):
            assert 0 == figures["errors"]
            assert figures["sql_per_request"] > 0
    naive, layered = pair(found, "write-storm")
    assert naive["post_loads"] > 0
    assert {"read_p99_ms", "write_p99_ms"} <= naive.keys() & layered.keys()
    naive, layered = pair(found, "celebrity")
    assert naive["loads_per_request"] > layered["loads_per_request"]
    naive, layered = pair(found, "deep-scroll")
    assert naive["sql_per_request"] > layered["sql_per_request"]

    naive, layered = pair(found, "cold-start")
    assert naive["extra_loads"] > 0 < layered["extra_loads"]
    for trial in found["cold-start"].values():
        assert ["the store is empty"] == [said for _, said in trial["drawing"]["events"]]
        assert "recovery_s" in {**trial["figures"], **trial["unknown"]}


async def test_lives_that_run_out(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without TTLs nothing ends; with ours one load an expiry, and every post comes again."""
    monkeypatch.setattr(expiry_wave, "LIFE_S", 3_600 / SHORT_LIFE)
    short = replace(
        SCENARIOS["expiry-wave"], settings={"CORRAL_TTL_SCALE": str(SHORT_LIFE)}, distorts="all"
    )
    found = await played(company, [SCENARIOS["natural-expiry"], short])
    _, layered = pair(found, "natural-expiry")
    assert layered["epochs"] >= 1
    assert 1 == layered["loads"] == layered["peak_loads"]
    _, layered = pair(found, "expiry-wave")
    assert 0 < layered["wave_peak_loads"] <= layered["wave_loads"] <= layered["loads"]
    for name in ("natural-expiry", "expiry-wave"):
        naive = found[name]["naive"]
        assert {} == naive["figures"]
        assert "nothing expires" in naive["unknown"]["loads"]
