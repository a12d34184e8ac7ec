"""A hundred requests for one cold list at once, and how often it is computed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from service.embedded.servers import Servers
from service.strategies import STRATEGIES, slots
from tests.clients import serving
from tests.strategies.service import Service, on_copy
from tests.waiting import until
from tests.world import Databases

HERD = 100
MISS, COLLAPSED = "corral; fwd=miss", "corral; fwd=miss; collapsed"


@asynccontextmanager
async def running(
    name: str, databases: Databases, servers: Servers, processes: int = 1
) -> AsyncIterator[list[Service]]:
    """Services on the same stores, whose caches are warm, but for the list of the day."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(
            on_copy(name, "corral_test_world", databases, servers)
        )
        fleet = [first]
        for _ in range(processes - 1):
            one_more = serving(name, first.database_url, first.client.redis_url)
            client = await stack.enter_async_context(one_more)
            fleet.append(Service(name, client, first.database_url))
        for service in fleet:
            await service.client.get("/v1/posts?window=day&limit=100")
        await first.client.expire("top:day")
        yield fleet


async def stampede(fleet: Sequence[Service], *, joins: bool) -> list[httpx.Response]:
    """Ask for the list a hundred times while no load can end; `joins` if one waits for another.

    Each asks for another length of it, so that they share the entry and not the page.
    """
    first = fleet[0]
    asked = await asked_of_redis(first)
    missing = len(fleet) if joins else HERD

    async def all_are_under_way() -> bool:
        return await asked_of_redis(first) >= asked + missing and await first.waiting() > 0

    requests: list[asyncio.Task[httpx.Response]] = []
    try:
        async with first.stopped("post_votes"):
            for limit in range(1, HERD + 1):
                client = fleet[limit % len(fleet)].client
                path = f"/v1/posts?window=day&limit={limit}"
                requests.append(asyncio.create_task(client.send("GET", path)))
            await until(all_are_under_way)
    finally:
        await asyncio.wait(requests)
    return [request.result() for request in requests]


async def asked_of_redis(service: Service) -> int:
    """Reads that Redis has answered."""
    return sum([await service.commands(name) for name in ("get", "mget")])


async def loads_of(fleet: Sequence[Service]) -> list[Any]:
    """Loads of the list by all of them, in their order."""
    loads = [load for service in fleet for load in (await service.client.stats())["loads"]]
    return [load for load in loads if load["kind"] == "top"]


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize(("name", "expected"), [("naive", HERD), ("article", 1), ("layered", 1)])
async def test_a_cold_list(
    databases: Databases, servers: Servers, name: str, expected: int, processes: int
) -> None:
    """Naive computes it for everybody; the others once, and everybody else waits for that."""
    async with running(name, databases, servers, processes) as fleet:
        before = len(await loads_of(fleet))
        answers = await stampede(fleet, joins=name == "layered")
        assert expected == len(await loads_of(fleet)) - before
    assert {200} == {answer.status_code for answer in answers}
    longest = answers[-1].json()["items"]
    assert len(longest) > 10
    for answer in answers:
        items = answer.json()["items"]
        assert items == longest[: len(items)]
    said = Counter(answer.headers["cache-status"].partition("; ttl")[0] for answer in answers)
    assert said == Counter({MISS: expected, COLLAPSED: HERD - expected})


async def test_without_its_guards_layered_stampedes_as_well(
    databases: Databases, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one load above is their doing: the count can fail."""
    bare = replace(
        STRATEGIES["layered"], flight=slots.empty, shared=slots.cache_aside, limit=slots.empty
    )
    monkeypatch.setitem(STRATEGIES, "layered", bare)
    async with running("layered", databases, servers) as fleet:
        before = len(await loads_of(fleet))
        await stampede(fleet, joins=False)
        assert len(await loads_of(fleet)) - before == HERD


@pytest.mark.parametrize("name", ["naive", "article", "layered"])
async def test_a_failed_load_is_told_to_all_and_kept_by_nobody(
    databases: Databases, servers: Servers, name: str
) -> None:
    """The next request loads anew, and finds what is there by then."""
    async with running(name, databases, servers) as [service]:
        client = service.client
        known = len(await loads_of([service]))
        await service.rows("alter table post_votes rename to gone")
        transport = httpx.ASGITransport(client.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://corral") as http:
            requests = [http.get(f"/v1/posts?window=day&limit={limit}") for limit in range(1, 4)]
            answers = await asyncio.gather(*requests)
        assert [500, 500, 500] == [answer.status_code for answer in answers]
        failed = (await loads_of([service]))[known:]
        assert failed
        assert not any(load["ok"] for load in failed)
        await service.rows("alter table gone rename to post_votes")
        answer = await client.send("GET", "/v1/posts?window=day")
        assert (answer.status_code, answer.headers["cache-status"]) == (200, MISS)
        assert (await loads_of([service]))[-1]["ok"]
