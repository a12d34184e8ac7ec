"""The real Locust process against a server that stands in for Corral."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from loadtests.generator import SCENARIO, Generator, generating
from loadtests.mixes.request import TOP_OF_DAY
from loadtests.plan import Plan
from loadtests.population import Population
from loadtests.processes import output_of
from tests.loadtests.fake_service import FakeService, serve

HANDLES = [f"user{number}" for number in range(50)]
LOCUSTFILE = SCENARIO.parents[1] / "locustfile.py"


@pytest_asyncio.fixture(scope="module")
async def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a population in it."""
    made = tmp_path_factory.mktemp("generator")
    posts = list(range(100, 400))
    tokens = {handle: f"token-of-{handle}" for handle in HANDLES}
    people = Population(HANDLES, [1] * 50, posts, [1] * 300, tokens)
    people.save(made / "population.json")
    return made


@pytest_asyncio.fixture(scope="module")
async def generator(work: Path) -> AsyncIterator[Generator]:
    """One Locust for all tests here: it carries out plan after plan."""
    async with generating(env=os.environ, logs=work) as started:
        await started.ready()
        yield started


@pytest_asyncio.fixture
async def fakes() -> AsyncIterator[list[tuple[FakeService, str]]]:
    """Two server processes' worth of stand-ins, and their hosts."""
    services = [FakeService(guarded=True), FakeService(guarded=True)]
    servers = [await serve(service) for service in services]
    hosts = [f"127.0.0.1:{server.sockets[0].getsockname()[1]}" for server in servers]
    yield list(zip(services, hosts, strict=True))
    for server in servers:
        server.close()


def plan(work: Path, fakes: list[tuple[FakeService, str]], **given: object) -> Plan:
    """A plan for these hosts."""
    common = {
        "label": "test",
        "hosts": [host for _, host in fakes],
        "population": str(work / "population.json"),
        "seed": 1,
        "out": str(work / "out.json"),
    }
    return Plan.from_line(json.dumps({**common, **given}))


async def test_a_stall_shows_in_the_percentiles(
    generator: Generator, work: Path, fakes: list[tuple[FakeService, str]]
) -> None:
    """A fifth of the time nothing is answered: an honest p90 lies deep within the stall.

    A closed loop would send next to nothing meanwhile, and report a p95 of a few milliseconds.
    """
    for service, _ in fakes:
        service.stall_s, service.stall_every_s, service.began = 0.2, 1.0, fakes[0][0].began
    steady = plan(work, fakes, kind="steady", rate_per_s=150.0, duration_s=4.0)
    report = await generator.run(steady)
    assert report["latency_ms"] is not None
    assert (report["planned"], report["requests"], report["errors"]) == (600, 600, 0)
    assert report["latency_ms"]["p95"] > 100
    assert report["latency_ms"]["p99"] > 150
    assert report["latency_ms"]["mean"] > 15
    stalled = [t for t, _, p99_ms, _ in report["series"] if p99_ms > 100]
    assert len(stalled) >= 3


async def test_the_same_trace_reaches_every_strategy(
    generator: Generator, work: Path, fakes: list[tuple[FakeService, str]]
) -> None:
    """Whatever the servers answer, and however fast: the same paths to the same process."""

    async def seen(load_s: float) -> list[set[str]]:
        for service, _ in fakes:
            service.cache, service.load_s = set(), load_s
        await generator.run(plan(work, fakes, kind="closed", requests=400, connections=4))
        return [service.cache for service, _ in fakes]

    fast, slow = await seen(0.0), await seen(0.003)
    assert fast == slow
    assert all(fast)


async def test_requests_are_sent_in_turn_to_both_processes(
    generator: Generator, work: Path, fakes: list[tuple[FakeService, str]]
) -> None:
    """Half each, exactly."""
    await generator.run(plan(work, fakes, kind="closed", requests=300, connections=4))
    assert [sum(service.counts.values()) for service, _ in fakes] == [150, 150]


async def test_outcomes_are_what_the_servers_counted(
    generator: Generator, work: Path, fakes: list[tuple[FakeService, str]]
) -> None:
    """The client's view against the servers'."""
    report = await generator.run(plan(work, fakes, kind="closed", requests=500, connections=8))
    counted = fakes[0][0].counts + fakes[1][0].counts
    assert dict(counted) == report["outcomes"]


async def test_a_burst_of_500_starts_within_100_ms_over_both_processes(
    generator: Generator, work: Path, fakes: list[tuple[FakeService, str]]
) -> None:
    """One load a process where loads are guarded; everybody else waits for it."""
    for service, _ in fakes:
        service.load_s = 0.3
    burst = plan(
        work,
        fakes,
        kind="burst",
        requests=500,
        duration_s=0.1,
        path=TOP_OF_DAY,
        connections=250,
        timeout_s=30.0,
    )
    report = await generator.run(burst)
    assert (report["requests"], report["errors"]) == (500, 0)
    assert report["rows"][-1][0] < 100
    assert [len(service.loads) for service, _ in fakes] == [1, 1]
    assert report["outcomes"] == {"miss": 2, "collapsed": 498}


async def test_a_ramp_ends_when_the_queue_is_a_second_long(
    generator: Generator, work: Path, fakes: list[tuple[FakeService, str]]
) -> None:
    """There is nothing to learn from sending more; what was sent is still answered."""
    for service, _ in fakes:
        service.stall_s, service.stall_every_s = 1.9, 2.0
    ramp = plan(work, fakes, kind="ramp", rate_per_s=100.0, to_rate_per_s=400.0, duration_s=30.0)
    report = await generator.run(ramp)
    assert 0 < report["planned"] < 3_000
    assert report["requests"] == report["planned"]


async def test_starts_that_wait_too_long_are_dropped_and_counted(
    generator: Generator, work: Path, fakes: list[tuple[FakeService, str]]
) -> None:
    """Planned = sent + dropped, always."""
    for service, _ in fakes:
        service.stall_s, service.stall_every_s = 0.5, 0.5
    steady = plan(
        work,
        fakes,
        kind="steady",
        rate_per_s=100.0,
        duration_s=1.0,
        connections=2,
        drop_after_s=0.2,
    )
    report = await generator.run(steady)
    assert report["dropped"] > 0
    assert report["requests"] + report["dropped"] == report["planned"] == 100


async def test_a_server_that_is_gone_makes_errors_not_silence(
    generator: Generator, work: Path
) -> None:
    """Nobody listens there."""
    nobody = plan(work, [(FakeService(), "127.0.0.1:9")], kind="closed", requests=5, connections=1)
    report = await generator.run(nobody)
    assert report["error_kinds"] == {"connection": 5}
    assert report["latency_ms"] is None


async def test_plain_locust_browses_a_service_it_knows_nothing_of(
    fakes: list[tuple[FakeService, str]],
) -> None:
    """Posts are learnt from the public lists; Locust's own table counts them."""
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--json"]
    command += ["--users", "2", "--spawn-rate", "2", "--run-time", "2s", "--only-summary"]
    printed = await output_of([*command, "--host", f"http://{fakes[0][1]}"], env=os.environ)
    rows = {row["name"]: row for row in json.loads(printed)}
    assert rows["post"]["num_requests"] > 0
    assert not any(row["num_failures"] for row in rows.values())
    assert "burst" not in rows


async def test_locust_ends_when_its_orders_do(work: Path) -> None:
    """A closed pipe is the end of the work."""
    (own := work / "own").mkdir()
    async with generating(env=os.environ, logs=own) as started:
        await started.ready()
        started.end()
        async with asyncio.timeout(20):
            await started.ended()
