"""A home feed drawn from authors' lists is the feed, also where those lists are cut off."""

import pytest

from service.embedded.servers import Servers
from service.strategies import home_feed
from tests.clients import Client, serving


async def pages(client: Client) -> list[list[int]]:
    """Ids on each page of a reader's feed, to its end."""
    found, path = [], "/v1/feed?limit=3"
    while True:
        page = await client.get(path, by="ada")
        found.append([post["id"] for post in page["items"]])
        if page["next"] is None:
            return found
        path = f"/v1/feed?limit=3&cursor={page['next']}"


@pytest.mark.parametrize("kept", [1, 2, 100])
async def test_paging_goes_on_below_what_is_kept(
    kept: int, world_database: str, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However little of each author's list is kept, a reader gets every post once, in order."""
    monkeypatch.setattr(home_feed, "LIST_KEPT", kept)
    async with serving("no_cache", world_database, servers.redis_urls["no_cache"]) as uncached:
        expected = await pages(uncached)
    async with serving("layered", world_database, servers.redis_urls["layered"]) as layered:
        assert len(expected) > 3
        assert expected == await pages(layered)
        assert expected == await pages(layered)


async def test_a_post_drops_one_list_for_all_its_readers(
    world_database: str, servers: Servers
) -> None:
    """After a post the first follower's read loads that list, and the second follower's none."""
    async with serving("layered", world_database, servers.redis_urls["layered"]) as client:
        followers = ["ada", "donald"]
        for reader in followers:
            await client.get("/v1/feed", by=reader)
        before = (await client.stats())["loads_total"]
        new = await client.send(
            "POST", "/v1/posts", by="barbara", json={"title": "New", "body": "Fresh."}
        )
        for reader in followers:
            feed = await client.get("/v1/feed?limit=1", by=reader)
            assert feed["items"][0]["id"] == new.json()["id"]
        loads = [load["kind"] for load in (await client.stats())["loads"][before:]]
        assert loads.count("author") == 1
        assert "feed" not in loads
