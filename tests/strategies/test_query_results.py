"""The ids beneath lists: found while votes drop lists, and never once entries are small."""

from collections.abc import Sequence

import pytest

from service.embedded.servers import Servers
from tests.strategies.service import Service, on_copy
from tests.world import Databases

LISTS = ("/v1/feed", "/v1/users/barbara/posts")
FEED_IDS, AUTHOR_IDS = "feed_ids", "author_ids"


async def found(service: Service, kind: str) -> tuple[int, int]:
    """How often ids were looked up and found, and not found."""
    told = (await service.client.send("GET", "/metrics")).text
    begins = f'cache_requests_total{{cache="{kind}",layer="l2",result='
    counts = {
        line.removeprefix(begins).split('"')[1]: int(line.rpartition(" ")[2])
        for line in told.splitlines()
        if line.startswith(begins)
    }
    return counts.get("hit", 0), counts.get("miss", 0)


async def read(service: Service, paths: Sequence[str] = LISTS) -> None:
    """Ask for lists, as somebody who follows their author."""
    for path in paths:
        await service.client.get(path, by="ada")


async def vote(service: Service) -> None:
    """Let somebody vote on the newest post that the lists show."""
    page = await service.client.get(LISTS[1], by="ada")
    path = f"/v1/posts/{page['items'][0]['id']}/vote"
    assert (await service.client.send("PUT", path, by="ada", json={"value": -1})).is_success


@pytest.mark.parametrize(
    ("name", "expected"),
    [("naive", (1, 1)), ("ttl", (1, 1)), ("small-entries", (0, 1)), ("lock", (0, 1))],
)
async def test_a_vote_leaves_the_ids(
    name: str, expected: tuple[int, int], databases: Databases, servers: Servers
) -> None:
    """Where it drops the lists, which then need no query; with small entries it drops neither."""
    counted = {"set": "metering=hits_and_misses"}
    async with on_copy(name, "corral_test_world", databases, servers, **counted) as service:
        await read(service)
        await vote(service)
        await read(service)
        assert expected == await found(service, FEED_IDS)
        assert expected == await found(service, AUTHOR_IDS)


@pytest.mark.parametrize("name", ["naive", "lock"])
async def test_what_changes_the_ids_drops_them(
    name: str, databases: Databases, servers: Servers
) -> None:
    """A post that comes, one that goes, a follow: who shows the list looks them up in vain."""
    counted = {"set": "metering=hits_and_misses"}
    async with on_copy(name, "corral_test_world", databases, servers, **counted) as service:
        await read(service)
        new = {"title": "New", "body": "Text", "tags": ["caching"]}
        made = await service.client.send("POST", "/v1/posts", by="barbara", json=new)
        await read(service)
        path = f"/v1/posts/{made.json()['id']}"
        await service.client.send("DELETE", path, by="barbara", headers={"If-Match": "*"})
        await read(service)
        assert await found(service, AUTHOR_IDS) == (0, 3)
        assert await found(service, FEED_IDS) == (0, 3)
        await service.client.send("DELETE", "/v1/users/barbara/follow", by="ada")
        await read(service)
        assert await found(service, FEED_IDS) == (0, 4)


@pytest.mark.parametrize("name", ["naive", "lock"])
async def test_an_expired_list_is_cold(name: str, databases: Databases, servers: Servers) -> None:
    """Its ids go with it: a load test wants the whole of it again."""
    counted = {"set": "metering=hits_and_misses"}
    async with on_copy(name, "corral_test_world", databases, servers, **counted) as service:
        for _ in range(2):
            await read(service)
            await service.client.expire(f"feed:{service.client.ids['ada']}")
        assert await found(service, FEED_IDS) == (0, 2)


@pytest.mark.parametrize("name", ["metering", "article", "layered"])
async def test_who_counts_keeps_none(name: str, databases: Databases, servers: Servers) -> None:
    """No key, and no look-up."""
    async with on_copy(name, "corral_test_world", databases, servers) as service:
        await read(service)
        assert [key for key in await service.ttls() if key.endswith(":ids")] == []
        assert await found(service, FEED_IDS) == (0, 0)
