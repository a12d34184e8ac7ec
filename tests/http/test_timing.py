"""`Server-Timing` says what an answer waited for, and `Cache-Status` for how long it is fresh."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest

from service.embedded.servers import Servers
from service.observing.metrics import Observer
from service.observing.trace import RequestTrace, covered, without
from service.strategies import STRATEGIES
from tests.clients import Client, serving
from tests.faults.proxy import Proxy
from tests.strategies.service import Service, on_copy
from tests.waiting import until
from tests.world import Databases

TIMES = re.compile(r"db;dur=(\d+\.\d{3}), redis;dur=(\d+\.\d{3}), app;dur=(\d+\.\d{3})")
TOP = "/v1/posts?sort=top&window=day"
HELD_S = 0.25


@dataclass(frozen=True)
class Times:
    """Milliseconds."""

    db: float
    redis: float
    app: float


def times(answer: httpx.Response) -> Times:
    """Those of an answer."""
    found = TIMES.fullmatch(answer.headers["server-timing"])
    assert found is not None, answer.headers["server-timing"]
    return Times(*(float(text) for text in found.groups()))


@pytest.fixture(scope="module", params=STRATEGIES)
async def service(
    request: pytest.FixtureRequest, databases: Databases, servers: Servers
) -> AsyncIterator[Service]:
    """Every strategy in turn."""
    async with on_copy(request.param, "corral_test_world", databases, servers) as service:
        yield service


@asynccontextmanager
async def held(service: Service, table: str, waiting: int = 1) -> AsyncIterator[None]:
    """Hold loads for a while once the block's requests wait for them."""
    async with service.stopped(table):
        yield

        async def all_wait() -> bool:
            return await service.waiting() >= waiting

        await until(all_wait)
        await asyncio.sleep(HELD_S)


async def test_a_load_is_time_of_the_database(service: Service) -> None:
    """Whoever loads waited for it, in whichever task it ran."""
    await service.client.expire("top:day")
    async with held(service, "post_votes"):
        asking = asyncio.create_task(service.client.send("GET", TOP))
    told = times(await asking)
    assert told.db >= HELD_S * 1000
    assert told.redis < HELD_S * 1000
    assert told.app < HELD_S * 1000


async def test_who_joins_a_load_waited_for_the_database_too(service: Service) -> None:
    """Not for nothing, and not by himself: the same time, whoever sent the statement."""
    await service.client.get(TOP)
    await service.client.expire("top:day")
    at_once = 2 if service.name in {"no_cache", "naive"} else 1
    async with held(service, "post_votes", at_once):
        asking = [asyncio.create_task(service.client.send("GET", TOP)) for _ in range(2)]
    for answer in await asyncio.gather(*asking):
        told = times(answer)
        # The article's lock waits for whoever holds it by asking Redis again and again.
        waited = told.db if service.name != "article" else told.db + told.redis + told.app
        assert waited >= HELD_S * 1000 * 0.9, answer.headers


async def test_a_slow_cache_is_time_of_redis(databases: Databases, servers: Servers) -> None:
    """A hit through a slow line: nothing of the database's."""
    redis_url = servers.redis_urls["article"]  # whose clients wait as long as it takes
    port = int(redis_url.rpartition(":")[2].partition("/")[0])
    async with on_copy("article", "corral_test_world", databases, servers) as service:
        with Proxy(port) as proxy:
            slow = redis_url.replace(f":{port}/", f":{proxy.port}/")
            async with on_other_redis(service, slow) as client:
                await client.get("/v1/users/barbara")
                proxy.slow(0.02, 0.02)
                answer = await client.send("GET", "/v1/users/barbara")
    told = times(answer)
    assert told.redis >= 20
    assert told.db == 0
    assert answer.headers["cache-status"] == "corral; hit"


@asynccontextmanager
async def on_other_redis(service: Service, redis_url: str) -> AsyncIterator[Client]:
    """Another process on the same database."""
    async with serving(service.name, service.database_url, redis_url) as client:
        yield client


async def test_a_write_waits_for_its_commit(service: Service) -> None:
    """Statements and their end are the database's."""
    page = await service.client.get("/v1/users/barbara/posts?limit=1")
    path = f"/v1/posts/{page['items'][0]['id']}/vote"
    answer = await service.client.send("PUT", path, by="ada", json={"value": 1})
    assert times(answer).db > 0


async def test_what_asks_nobody_waits_for_nobody(service: Service) -> None:
    """And every answer has the header, refusals and failures too."""
    for path in ("/healthz", "/", "/v1/nothing", "/v1/posts?cursor=junk"):
        told = times(await service.client.send("GET", path))
        assert (told.db, told.redis) == (0, 0)
        assert told.app > 0


async def test_a_hit_says_for_how_long_it_is_fresh(databases: Databases, servers: Servers) -> None:
    """Out of the shared cache and out of the process; the shortest life that is known."""
    async with on_copy("layered", "corral_test_world", databases, servers) as service:
        client = service.client
        await client.get(TOP)
        post = (await client.get(TOP))["items"][0]
        for path, most_s in (
            ("/v1/users/barbara", 24 * 3600),
            (TOP, 60),
            (f"/v1/posts/{post['id']}", 3600),
        ):
            for _ in range(2):
                await client.get(path)
            said = (await client.send("GET", path)).headers["cache-status"]
            found = re.fullmatch(r"corral; hit; ttl=(\d+)", said)
            assert found is not None, said
            assert most_s * 0.8 < int(found[1]) <= most_s
        tag = (await client.send("GET", "/v1/users/barbara")).headers["etag"]
        answer = await client.send("GET", "/v1/users/barbara", headers={"If-None-Match": tag})
        assert answer.status_code == 304
        assert answer.headers["cache-status"].startswith("corral; hit; ttl=")


async def test_a_life_that_nobody_knows_is_not_told(databases: Databases, servers: Servers) -> None:
    """A plain cache does not say."""
    async with on_copy("naive", "corral_test_world", databases, servers) as service:
        for told in ("corral; fwd=miss", "corral; hit"):
            answer = await service.client.send("GET", "/v1/users/barbara")
            assert told == answer.headers["cache-status"]


def test_spans_that_overlap_count_once() -> None:
    """However many, nested or not."""
    assert covered([]) == 0
    assert covered([(1.0, 3.0)]) == 2
    assert covered([(1.0, 3.0), (2.0, 5.0), (4.0, 4.5), (7.0, 8.0)]) == 5
    assert covered([(7.0, 8.0), (1.0, 9.0)]) == 8


def test_a_hole_leaves_what_is_around_it() -> None:
    """Before, after, both or nothing."""
    assert list(without((1.0, 5.0), (2.0, 3.0))) == [(1.0, 2.0), (3.0, 5.0)]
    assert list(without((1.0, 5.0), (0.0, 3.0))) == [(3.0, 5.0)]
    assert list(without((1.0, 5.0), (3.0, 9.0))) == [(1.0, 3.0)]
    assert list(without((1.0, 5.0), (0.0, 9.0))) == []


def test_what_is_left_is_the_apps() -> None:
    """Two waits at once leave more of it than two in turn."""
    now_s = 10.0
    trace = RequestTrace(lambda: now_s)
    trace.spans["db"].append((11.0, 14.0))
    trace.spans["redis"] += [(12.0, 15.0), (16.0, 17.0)]
    now_s = 20.0
    assert trace.times() == (3.0, 4.0, 5.0)
    now_s = 5.0  # a clock that is set back
    assert trace.times()[2] == 0.0


def test_the_shortest_known_life_is_told() -> None:
    """What is not known is left out."""
    trace = RequestTrace()
    assert trace.ttl_s is None
    for ttl_s in (30.0, 0.0, 5.0, 9.0):
        trace.lives(ttl_s)
    assert trace.ttl_s == 5.0


async def test_a_wait_for_another_is_his_load_and_else_redis() -> None:
    """Who asks, joins: the part in which the other loaded is the database's."""
    now_s = 100.0
    observer = Observer("layered", clock=lambda: now_s)

    async def load() -> None:
        nonlocal now_s
        now_s = 106.0

    with observer.request() as joined, observer.joining("a"):
        now_s = 102.0
        await observer.load("top", "a", load)
        now_s = 107.0
    assert joined.spans == {"db": [(102.0, 106.0)], "redis": [(100.0, 102.0), (106.0, 107.0)]}
    with observer.request() as led, observer.joining("a") as fetch:
        fetch()
        now_s = 108.0
    assert led.spans == {"db": [], "redis": []}
    with observer.request() as nobody, observer.joining("b"):
        now_s = 109.0
    assert nobody.spans == {"db": [], "redis": [(108.0, 109.0)]}
    with observer.request() as other, observer.joining("c") as fetch:
        fetch()
        observer.event("waited", key="c")
        now_s = 110.0
    assert other.spans == {"db": [], "redis": [(109.0, 110.0)]}
