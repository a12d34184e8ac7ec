"""A hundred requests for one cold list at once, and how often it is computed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from service.embedded.servers import Servers
from service.strategies import STRATEGIES, slots
from tests.strategies.service import Service, on_copy, until
from tests.world import Databases

HERD = 100
MISS, COLLAPSED = "corral; fwd=miss", "corral; fwd=miss; collapsed"


@asynccontextmanager
async def running(name: str, databases: Databases, servers: Servers) -> AsyncIterator[Service]:
    """A service whose cache is warm, but for the list of the day."""
    async with on_copy(name, "corral_test_world", databases, servers) as service:
        await service.client.get("/v1/posts?window=day&limit=100")
        await service.client.expire("top:day")
        yield service


async def stampede(service: Service, *, joins: bool) -> list[httpx.Response]:
    """Ask for the list a hundred times while no load can end; `joins` if one waits for another.

    Each asks for another length of it, so that they share the entry and not the page.
    """
    asked = await asked_of_redis(service)

    async def all_are_under_way() -> bool:
        if joins:
            return await service.waiting() > 0
        return await asked_of_redis(service) >= asked + HERD

    async with service.stopped("post_votes"):
        requests = [
            asyncio.create_task(service.client.send("GET", f"/v1/posts?window=day&limit={limit}"))
            for limit in range(1, HERD + 1)
        ]
        await until(all_are_under_way)
    return await asyncio.gather(*requests)


async def asked_of_redis(service: Service) -> int:
    """Reads that Redis has answered."""
    return sum([await service.commands(name) for name in ("get", "mget")])


async def loads_of(service: Service, since: int) -> list[Any]:
    """Loads of lists since one of them."""
    stats = await service.client.send("GET", f"/v1/admin/stats?since={since}", by="ada", admin=True)
    return [load for load in stats.json()["loads"] if load["kind"] == "top"]


@pytest.mark.parametrize(("name", "expected"), [("naive", HERD), ("article", 1), ("layered", 1)])
async def test_a_cold_list(
    databases: Databases, servers: Servers, name: str, expected: int
) -> None:
    """Naive computes it for everybody; the others once, and everybody else waits for that."""
    async with running(name, databases, servers) as service:
        since = (await service.client.stats())["loads_total"]
        answers = await stampede(service, joins=name == "layered")
        loads = await loads_of(service, since)
    assert expected == len(loads)
    assert {200} == {answer.status_code for answer in answers}
    longest = answers[-1].json()["items"]
    assert len(longest) > 10
    for answer in answers:
        items = answer.json()["items"]
        assert items == longest[: len(items)]
    said = Counter(answer.headers["cache-status"] for answer in answers)
    assert said == Counter({MISS: expected, COLLAPSED: HERD - expected})


async def test_without_its_guards_layered_stampedes_as_well(
    databases: Databases, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one load above is their doing: the count can fail."""
    bare = replace(
        STRATEGIES["layered"], flight=slots.empty, shared=slots.cache_aside, limit=slots.empty
    )
    monkeypatch.setitem(STRATEGIES, "layered", bare)
    async with running("layered", databases, servers) as service:
        since = (await service.client.stats())["loads_total"]
        await stampede(service, joins=False)
        assert len(await loads_of(service, since)) == HERD


@pytest.mark.parametrize("name", ["naive", "article", "layered"])
async def test_a_failed_load_is_told_to_all_and_kept_by_nobody(
    databases: Databases, servers: Servers, name: str
) -> None:
    """The next request loads anew, and finds what is there by then."""
    async with running(name, databases, servers) as service:
        client = service.client
        since = (await client.stats())["loads_total"]
        await service.rows("alter table post_votes rename to gone")
        transport = httpx.ASGITransport(client.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://corral") as http:
            requests = [http.get(f"/v1/posts?window=day&limit={limit}") for limit in range(1, 4)]
            answers = await asyncio.gather(*requests)
        assert [500, 500, 500] == [answer.status_code for answer in answers]
        assert not any(load["ok"] for load in await loads_of(service, since))
        await service.rows("alter table gone rename to post_votes")
        answer = await client.send("GET", "/v1/posts?window=day")
        assert (answer.status_code, answer.headers["cache-status"]) == (200, MISS)
        assert [load["ok"] for load in await loads_of(service, since)][-1]
