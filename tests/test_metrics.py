"""What a process says it counted is what happened: statements, loads, answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import nullcontext
from functools import partial

import asyncpg
import pytest

from service.embedded.servers import Servers
from service.observing.loads import LOADS_KEPT
from service.observing.metrics import Answer, Observer
from service.strategies import STRATEGIES
from tests.strategies.every_endpoint import READS, WRITES, drive, places, post_of
from tests.strategies.service import Service, on_copy
from tests.waiting import until
from tests.world import Databases

MISS, COLLAPSED = "corral; fwd=miss", "corral; fwd=miss; collapsed"
HIT, BYPASS = "corral; hit", "corral; fwd=bypass"
TOP = "/v1/posts?window=day"

# This database only, without what the driver asks of the catalog and what is asked here.
CALLS = """
select coalesce(sum(calls), 0)::int as calls from pg_stat_statements
where dbid = (select oid from pg_database where datname = current_database())
  and query !~ 'pg_catalog|set_config|pg_stat_statements|pg_database'
"""


@pytest.fixture(scope="module", params=STRATEGIES)
async def service(
    request: pytest.FixtureRequest, databases: Databases, servers: Servers
) -> AsyncIterator[Service]:
    """Each strategy, with the server's own count beside it."""
    async with on_copy(request.param, "corral_test_world", databases, servers) as service:
        await service.rows("create extension pg_stat_statements")
        yield service


async def status(service: Service, path: str, by: str | None = None) -> str:
    """What the caches did for a read."""
    answer = await service.client.send("GET", path, by=by)
    found: str = answer.headers["cache-status"].partition("; ttl")[0]
    return found


async def none_runs(service: Service) -> bool:
    """Whether all statements that were sent have been counted by the server as well."""
    [row] = await service.rows(
        "select count(*) from pg_catalog.pg_stat_activity where datname = current_database()"
        " and state = 'active' and pid <> pg_backend_pid()"
    )
    return not row[0]


async def at_one_moment(service: Service, query: str) -> tuple[asyncpg.Record, int]:
    """Ask the database, and the service for its count: again if a relay asked in between."""
    while True:
        before = (await service.client.stats())["sql_statements"]
        await until(partial(none_runs, service))
        [found] = await service.rows(query)
        after = (await service.client.stats())["sql_statements"]
        if before == after:
            return found, after


async def test_statements_are_counted_as_the_server_counts_them(service: Service) -> None:
    """Over every endpoint, cold and warm, refusals among them, some requests at once."""
    client = service.client
    await client.get("/readyz")  # the first connection asks the catalog
    # Of all databases, dropped ones too: the server forgets some statements when it knows too many.
    _, before = await at_one_moment(service, "select pg_stat_statements_reset()")
    await drive(client)
    post_id = await post_of(client)
    await asyncio.gather(*(read.send(client, post_id) for read in READS * 2))
    for path in ("/v1/posts/77", "/v1/users/nobody", f"/v1/posts/{post_id}/comments?cursor=junk"):
        assert (await client.send("GET", path)).status_code in {400, 404}
    await client.send("PUT", "/v1/posts/77/vote", by="ada", json={"value": 1})
    found, after = await at_one_moment(service, CALLS)
    counted = after - before
    assert counted > 20
    [forgotten] = await service.rows("select dealloc from pg_stat_statements_info")
    assert forgotten["dealloc"] == 0
    assert counted == found["calls"]


async def test_every_read_says_what_the_caches_did(service: Service) -> None:
    """Cold a miss; warm a hit, where there is a cache."""
    client = service.client
    for kind in ("profile:barbara", "top:day", "trending:posts"):
        await client.expire(kind)
    again = MISS if service.name == "no_cache" else HIT
    for path in ("/v1/users/barbara", TOP, "/v1/trending/posts"):
        assert MISS == await status(service, path)
        assert again == await status(service, path)


async def test_writes_and_what_is_no_data_bypass_the_cache(service: Service) -> None:
    """They answer from the database, or from nothing at all."""
    client = service.client
    where = await places(client)
    for write in WRITES:
        assert BYPASS == await write.send(client, *where)
    for path in ("/healthz", "/", "/v1/nothing", "/v1/posts?cursor=junk"):
        assert BYPASS == await status(service, path)


async def test_answers_are_counted_as_they_were_told(service: Service) -> None:
    """The counters and the header are one thing."""
    client = service.client
    where = await places(client)
    before = (await client.stats())["requests"]
    told = [await read.send(client, *where) for read in READS]
    after = (await client.stats())["requests"]
    names = {HIT: "hit", MISS: "miss", COLLAPSED: "collapsed"}
    for header, name in names.items():
        assert told.count(header) == after[name] - before[name]
    assert after["bypass"] - before["bypass"] == 1  # the reading of the counters before


async def test_two_at_once_load_once_or_twice(service: Service) -> None:
    """Both load where nothing keeps them from it; else one loads, and the other waits for it."""
    client = service.client
    await client.get(TOP)
    await client.expire("top:day")
    since = (await client.stats())["loads_total"]
    both_load = service.name in {"no_cache", "naive"}
    async with service.stopped("post_votes"):
        requests = [asyncio.create_task(status(service, TOP)) for _ in range(2)]

        async def all_wait() -> bool:
            return await service.waiting() == (2 if both_load else 1)

        await until(all_wait)
    told = sorted(await asyncio.gather(*requests))
    assert told == ([MISS, MISS] if both_load else [MISS, COLLAPSED])
    stats = await client.send("GET", f"/v1/admin/stats?since={since}", by="ada", operator=True)
    loads = [load for load in stats.json()["loads"] if load["kind"] == "top"]
    assert len(loads) == (2 if both_load else 1)
    for load in loads:
        assert load["key"] == "top:{day}"
        assert load["ok"]
        assert 0 < load["end_s"] - load["start_s"] < 60


async def test_loads_are_numbered_and_not_told_twice(service: Service) -> None:
    """Whoever asks for what came after a number gets just that."""
    client = service.client
    await drive(client)
    stats = await client.stats()
    ids = [load["id"] for load in stats["loads"]]
    assert ids == list(range(1, stats["loads_total"] + 1))
    later = await client.send("GET", f"/v1/admin/stats?since={ids[-3]}", by="ada", operator=True)
    assert ids[-2:] == [load["id"] for load in later.json()["loads"]]
    assert stats["strategy"] == service.name
    assert stats["pid"] > 0
    assert stats["cpu_s"] > 0


async def test_a_load_is_recorded_from_start_to_end() -> None:
    """Also one that fails, and it fails as if nobody had watched."""
    now_s = 1000.0
    observer = Observer("naive", clock=lambda: now_s)

    async def load() -> str:
        nonlocal now_s
        now_s += 2.5
        if now_s > 1003:
            raise OSError("gone")
        return "value"

    assert await observer.load("top", "top:{day}", load) == "value"
    with pytest.raises(OSError, match="gone"):
        await observer.load("top", "top:{day}", load)
    first, second = observer.snapshot(0)["loads"]
    assert (first.id, first.start_s, first.end_s, first.ok) == (1, 1000.0, 1002.5, True)
    assert (second.id, second.start_s, second.end_s, second.ok) == (2, 1002.5, 1005.0, False)


async def test_old_loads_are_forgotten_and_still_counted() -> None:
    """The memory of a process is bounded, its totals are not."""
    observer = Observer("naive", clock=lambda: 1.0)
    for _ in range(LOADS_KEPT + 10):
        await observer.load("top", "top:{day}", lambda: asyncio.sleep(0))
    snapshot = observer.snapshot(0)
    assert snapshot["loads_total"] == LOADS_KEPT + 10
    assert len(snapshot["loads"]) == LOADS_KEPT
    assert snapshot["loads"][0].id == 11


async def test_one_word_for_each_request() -> None:
    """What a request did, from the plainest to the one that says most."""
    now_s = 1.0
    observer = Observer("layered", clock=lambda: now_s)

    async def load() -> None:
        return None

    with observer.request() as nothing:
        pass
    with observer.request() as warm, observer.waiting("a"):
        pass
    with observer.request() as cold, observer.waiting("a"):
        await observer.load("top", "a", load)
    now_s = 2.0
    with observer.request() as joined, observer.waiting("b"):
        now_s = 3.0
        observer.event("waited", key="b")
    with observer.request() as elsewhere, observer.waiting("c"):
        observer.event("waited", key="b")
    now_s = 4.0
    with observer.request() as late, observer.waiting("b"):
        pass
    with observer.request() as outdated, observer.waiting("b"):
        await observer.load("top", "a", load)
        observer.event("stale", key="b")
    words = [trace.answer() for trace in (nothing, warm, cold, joined, elsewhere, late, outdated)]
    assert words == ["bypass", "hit", "miss", "collapsed", "hit", "hit", "stale"]
    assert observer.snapshot(0)["requests"] == {
        "hit": 3, "miss": 1, "collapsed": 1, "stale": 1, "bypass": 1
    }  # fmt: skip


async def test_a_load_in_the_background_is_nobodys() -> None:
    """No request is told that it loaded what a refresh loaded; it is counted all the same."""
    observer = Observer("layered", clock=lambda: 1.0)
    await observer.load("top", "top:{day}", lambda: asyncio.sleep(0))
    with observer.waiting("top:{day}"):
        pass
    assert observer.snapshot(0)["loads_total"] == 1
    assert sum(observer.snapshot(0)["requests"].values()) == 0


@pytest.mark.parametrize("is_page", [False, True])
async def test_who_shares_a_stale_copy_says_so_too(is_page: bool) -> None:
    """One of two who wait for the same thing is given an outdated copy, and hands it on."""
    observer, done = Observer("test"), asyncio.Event()

    async def lead() -> Answer:
        with observer.request() as trace:
            telling = observer.telling("page") if is_page else nullcontext()
            with observer.waiting("a"), telling:
                await asyncio.sleep(0)
                observer.event("stale", key="a")
            done.set()
        return trace.answer()

    async def join(key: str) -> Answer:
        with observer.request() as trace, observer.waiting(key):
            await done.wait()
        return trace.answer()

    answers = list(await asyncio.gather(join("page" if is_page else "a"), join("b"), lead()))
    assert ["stale", "hit", "stale"] == answers
