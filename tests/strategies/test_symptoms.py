"""What one sees of a mistake, and does not see of layered: where that can be counted at once.

Those of timing and size are the load tests'. That a drop in the transaction leaves the old row is
in `test_overtaken_loads.py`, that a key without a TTL stays in `test_other_plans.py`.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest

from service import keys
from service.embedded.servers import Servers
from service.feed.fan_out import Threshold
from service.patterns.lease import Envelope
from service.strategies import plan_named
from tests.strategies.every_endpoint import post_of
from tests.strategies.service import Service, on_copy
from tests.strategies.test_outage import behind_a_proxy, herd
from tests.strategies.test_stampede import HERD, asked_of_redis, loads_of, running, stampede
from tests.waiting import until
from tests.world import PEOPLE, Databases

REPUTATION = "/v1/users/barbara/reputation"
FAMOUS = 1_000_000
HALF_AN_HOUR_AGO = Envelope(time.time() - 1800, time.time() - 1740, 0.2, b"")


@asynccontextmanager
async def warm(
    name: str, databases: Databases, servers: Servers, **settings: Any
) -> AsyncIterator[tuple[Service, int]]:
    """A service that has been asked for a post once, and that post."""
    async with on_copy(name, "corral_test_world", databases, servers, **settings) as service:
        post_id = await post_of(service.client)
        await service.client.get(f"/v1/posts/{post_id}")
        yield service, post_id


async def loaded(service: Service, do: Callable[[], Awaitable[object]]) -> set[str]:
    """The kinds of entry that are loaded meanwhile."""
    known = (await service.client.stats())["loads_total"]
    await do()
    return {load["kind"] for load in (await service.client.stats())["loads"] if load["id"] > known}


def with_and_without(name: str, symptom: Any, normal: Any) -> pytest.MarkDecorator:
    """The mistake with its symptom, then layered without it."""
    cases = [(f"layered.{name}", symptom), ("layered", normal)]
    return pytest.mark.parametrize(("name", "expected"), cases)


@with_and_without("whole-graphs", {"feed"}, set())
async def test_a_vote_drops_the_feeds_of_followers(
    name: str, expected: set[str], databases: Databases, servers: Servers
) -> None:
    """Whole graphs hold its count."""
    async with warm(name, databases, servers) as (service, _):
        feed = await service.client.get("/v1/feed", by="ada")
        shown = feed["items"][0]["id"]
        await service.client.send("PUT", f"/v1/posts/{shown}/vote", by="ada", json={"value": -1})

        async def read() -> None:
            await service.client.get("/v1/feed", by="ada")

        assert expected == await loaded(service, read)


@with_and_without("dropped-counts", {"counts"}, set())
async def test_a_vote_costs_the_next_reader_a_load(
    name: str, expected: set[str], databases: Databases, servers: Servers
) -> None:
    """Where it drops what it could step."""
    async with warm(name, databases, servers) as (service, post_id):

        async def vote_and_read() -> None:
            path = f"/v1/posts/{post_id}"
            await service.client.send("PUT", f"{path}/vote", by="ada", json={"value": -1})
            await service.client.get(path)

        assert expected == await loaded(service, vote_and_read)


@with_and_without("component-counts", {"post_count", "comment_count", "vote_days"}, {"reputation"})
async def test_a_standing_is_made_of_queries(
    name: str, expected: set[str], databases: Databases, servers: Servers
) -> None:
    """Of three, each kept; or of one, and what is kept is the result."""
    async with warm(name, databases, servers) as (service, _):
        assert expected == await loaded(service, lambda: service.client.get(REPUTATION))


@with_and_without("absence-forgotten", True, False)
async def test_what_is_not_there_is_asked_for_again(
    name: str, expected: bool, databases: Databases, servers: Servers
) -> None:
    """Each time, by who names a post, a user or a comment that nobody has."""
    async with warm(name, databases, servers) as (service, _):
        for path in ("/v1/posts/77", "/v1/users/nobody", "/v1/comments/77"):
            read = partial(service.client.send, "GET", path)
            await read()
            found = await loaded(service, read)
            assert expected == bool(found), path


@with_and_without("no-near-cache", 1, 0)
async def test_a_hot_page_is_asked_of_redis(
    name: str, expected: int, databases: Databases, servers: Servers
) -> None:
    """On every read; or no more, once it is in the process."""
    async with warm(name, databases, servers) as (service, _):
        await service.client.get("/v1/pages/about")
        asked = await asked_of_redis(service)
        await service.client.get("/v1/pages/about")
        assert expected == await asked_of_redis(service) - asked


async def test_without_a_flight_everybody_asks_redis(
    databases: Databases, servers: Servers
) -> None:
    """And the lease lets one load; more only after two seconds, on a machine that is so slow."""
    async with running("layered.no-flight", databases, servers) as fleet:
        before = len(await loads_of(fleet))
        await stampede(fleet, joins=False)  # it waits until all have asked
        assert 1 <= len(await loads_of(fleet)) - before < HERD
    async with running("layered", databases, servers) as fleet:
        asked = await asked_of_redis(fleet[0])
        await stampede(fleet, joins=True)
        assert await asked_of_redis(fleet[0]) - asked < HERD


@with_and_without("cache-aside", 2, 1)
async def test_each_process_loads(
    name: str, expected: int, databases: Databases, servers: Servers
) -> None:
    """Where nothing but the flight in each stands before the database."""
    async with running(name, databases, servers, processes=2) as fleet:
        before = len(await loads_of(fleet))
        await stampede(fleet, joins=True)
        assert expected == len(await loads_of(fleet)) - before


@with_and_without("no-bulkhead", len(PEOPLE), 8)
async def test_loads_reach_the_database_together(
    name: str, expected: int, databases: Databases, servers: Servers
) -> None:
    """All that are missing; or eight, and the others after them."""
    async with warm(name, databases, servers) as (service, _):
        for handle in PEOPLE:
            await service.client.get(f"/v1/users/{handle}")
            await service.client.expire(f"author:{service.client.ids[handle]}")

        async def all_wait() -> bool:
            return await service.waiting() == expected

        async with service.stopped("posts"):
            paths = [f"/v1/users/{handle}/posts" for handle in PEOPLE]
            reads = [asyncio.create_task(service.client.send("GET", path)) for path in paths]
            await until(all_wait)
        await asyncio.wait(reads)
        assert {read.result().status_code for read in reads} <= {200, 503}


@with_and_without("views-at-once", 3, 0)
async def test_a_view_is_a_statement(
    name: str, expected: int, databases: Databases, servers: Servers
) -> None:
    """For each who looks; or a sum, that is written later."""
    async with warm(name, databases, servers, view_flush_s=3600) as (service, post_id):
        before = (await service.rows(f"select views from posts where id = {post_id}"))[0]["views"]
        for reader in ("ada", "claude"):  # and the stranger who warmed it
            await service.client.get(f"/v1/posts/{post_id}", by=reader)

        async def counted() -> bool:
            [row] = await service.rows(f"select views from posts where id = {post_id}")
            summed = [key for key in await service.ttls() if key.startswith("views:")]
            return int(row["views"]) - before == expected and bool(summed) == (expected == 0)

        await until(counted)


@with_and_without("fail-closed", {500}, {200})
async def test_without_its_cache(
    name: str, expected: set[int], databases: Databases, servers: Servers
) -> None:
    """There is no service either; or there is, and it is slower."""
    async with behind_a_proxy(name, databases, servers) as (service, proxy):
        path = f"/v1/posts/{await post_of(service.client)}/comments"
        assert {200} == {answer.status_code for answer in await herd(service, path, 3)}
        proxy.refuse()
        assert expected == {answer.status_code for answer in await herd(service, path, 3)}
        proxy.heal()


@with_and_without("unmetered", 404, 200)
async def test_what_caches_do_is_told(
    name: str, expected: int, databases: Databases, servers: Servers
) -> None:
    """To nobody, or to whoever asks."""
    async with warm(name, databases, servers) as (service, _):
        assert expected == (await service.client.send("GET", "/metrics")).status_code


@with_and_without("no-jitter", 1, 50)
def test_keys_that_are_filled_together_expire_together(name: str, expected: int) -> None:
    """All of a kind; or no two."""
    lives_s = {plan_named(name).ttl(keys.POST)(()) for _ in range(50)}
    assert expected == len(lives_s)
    absences_s = [plan_named(name).ttl(keys.POST)(None) for _ in range(50)]
    assert all(life_s is not None and life_s <= keys.NEGATIVE_TTL_S for life_s in absences_s)


@with_and_without("no-refresh", False, True)
def test_what_is_past_its_soft_life_is_loaded_anew(name: str, expected: bool) -> None:
    """While it is served; or only when it is gone."""
    due = plan_named(name).refresh(keys.TOP)
    assert expected == due(HALF_AN_HOUR_AGO, time.time())


@with_and_without("push-to-all", True, False)
def test_the_post_of_a_celebrity_is_pushed(name: str, expected: bool) -> None:
    """To a million timelines; or pulled."""
    assert expected == Threshold(plan_named(name).fan_out(500)).pushes(FAMOUS)


@with_and_without("json", True, False)
def test_an_entry_is_text(name: str, expected: bool) -> None:
    """And longer than it need be."""
    ids = [2_442_494_601_027_630 + n for n in range(100)]
    raw = plan_named(name).codec(list[int]).encode(ids)
    assert expected == (len(raw) > 1200) == raw.startswith(b"[")
