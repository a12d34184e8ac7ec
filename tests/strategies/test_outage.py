"""A cache that is down, hung or back: what `layered` answers, and what the others do."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import httpx
import pytest

from service.embedded.servers import Servers
from tests.clients import serving
from tests.faults.proxy import Proxy
from tests.strategies.service import Service, redis_of
from tests.waiting import until
from tests.world import Databases

TOP = "/v1/posts?window=day&limit=5"
SLOTS = 8  # loads at once in a process
# Far more than 50 ms a command, and less than redis-py waits for a server by itself.
PROMPT_S = 4.0


@asynccontextmanager
async def behind_a_proxy(
    name: str, databases: Databases, servers: Servers
) -> AsyncIterator[tuple[Service, Proxy]]:
    """A service whose way to Redis can be cut."""
    port = int(redis_of(name, servers).rpartition(":")[2].partition("/")[0])
    with Proxy(port) as proxy:
        redis_url = f"redis://127.0.0.1:{proxy.port}/0"
        async with (
            databases.copy_of("corral_test_world") as url,
            serving(name, url, redis_url) as client,
        ):
            yield Service(name, client, url), proxy


async def herd(service: Service, path: str, size: int = 20) -> list[httpx.Response]:
    """Ask for one page many times at once; a crash of the service is an answer, too."""
    transport = httpx.ASGITransport(service.client.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://corral") as http:
        return list(await asyncio.gather(*(http.get(path) for _ in range(size))))


@pytest.mark.parametrize("fault", ["refuse", "hang"])
async def test_without_redis_layered_answers_with_one_load_a_key(
    fault: str, databases: Databases, servers: Servers
) -> None:
    """And with the same answers as before."""
    async with behind_a_proxy("layered", databases, servers) as (service, proxy):
        before = await service.client.get(TOP)
        getattr(proxy, fault)()
        for _ in range(3):
            known = (await service.client.stats())["loads_total"]
            async with asyncio.timeout(PROMPT_S):
                answers = await herd(service, TOP)
            assert [before] * 20 == [answer.json() for answer in answers]
            loads = (await service.client.stats())["loads"]
            keys = Counter(load["key"] for load in loads if load["id"] > known)
            assert max(keys.values(), default=0) <= 1
        proxy.heal()


async def test_without_redis_the_article_fails(databases: Databases, servers: Servers) -> None:
    """The test above can fail: here a cache that is gone is a service that is gone."""
    async with behind_a_proxy("article", databases, servers) as (service, proxy):
        assert await service.client.get(TOP)
        proxy.refuse()
        assert {500} == {answer.status_code for answer in await herd(service, TOP, 3)}
        proxy.heal()


async def test_redis_is_used_again_once_it_is_back(databases: Databases, servers: Servers) -> None:
    """The breaker lets a probe through, and what is loaded then is kept."""
    async with behind_a_proxy("layered", databases, servers) as (service, proxy):
        proxy.refuse()
        await herd(service, TOP)
        proxy.heal()

        async def is_hit() -> bool:
            [answer] = await herd(service, TOP, 1)
            return bool(answer.headers["Cache-Status"].partition("; ttl")[0] == "corral; hit")

        await until(is_hit)


async def test_comments_are_paged_without_redis(databases: Databases, servers: Servers) -> None:
    """Nothing can be dropped then; a new comment is there all the same, also afterwards."""
    async with behind_a_proxy("layered", databases, servers) as (service, proxy):
        client = service.client
        post_id = (await client.get(TOP))["items"][0]["id"]
        path = f"/v1/posts/{post_id}/comments"
        before = (await client.get(path))["items"]
        proxy.refuse()
        added = await client.send("POST", path, by="ada", json={"body": "In the dark."})
        assert added.status_code == 201
        assert [added.json(), *before] == (await client.get(path))["items"]
        proxy.heal()

        async def is_right() -> bool:
            return bool((await client.get(path))["items"][0] == added.json())

        await until(is_right)


async def test_an_overloaded_database_is_spared_by_stale_copies(
    databases: Databases, servers: Servers
) -> None:
    """Redis is gone and every slot is taken: what was seen within a minute is served, and said."""
    async with behind_a_proxy("layered", databases, servers) as (service, proxy):
        client = service.client
        handles = sorted(client.ids)
        paths = [f"/v1/users/{handle}/reputation" for handle in handles]
        for path in paths:
            await client.get(path)
        proxy.refuse()
        async with service.stopped("post_votes"):
            asking = [asyncio.create_task(client.send("GET", path)) for path in paths[: SLOTS + 2]]
            done, _ = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
            said = [task.result() for task in done]
            assert {"corral; hit; detail=stale"} == {one.headers["Cache-Status"] for one in said}
        answers = await asyncio.gather(*asking)
        assert {200} == {answer.status_code for answer in answers}
        proxy.heal()
        await until(partial(_is_hit, service, paths[0]))


async def _is_hit(service: Service, path: str) -> bool:
    answer = await service.client.send("GET", path)
    return bool(answer.headers["Cache-Status"].partition("; ttl")[0] == "corral; hit")
