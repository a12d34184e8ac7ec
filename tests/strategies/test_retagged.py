"""A post that gains or loses a tag, or goes: lists of the tag, and its number, follow at once."""

from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from service import keys
from service.feed import listings, post_orders
from service.feed.heads import PostHead
from service.strategies.caches import Caches
from service.strategies.listings import Listings
from service.strategies.tags import Tags
from tests.clients import Client
from tests.strategies.service import Service

LISTS = ("sort=new", "sort=hot", "sort=top&window=day", "sort=top&window=all")
numbers = count(1)


async def tagged_post(client: Client) -> tuple[int, str]:
    """A post of barbara's that somebody voted for, and its one tag, which no other post has."""
    tag = f"lost-{next(numbers)}"
    sent = {"title": "New", "body": "Text", "tags": [tag]}
    made = (await client.send("POST", "/v1/posts", by="barbara", json=sent)).json()
    await client.send("PUT", f"/v1/posts/{made['id']}/vote", by="ada", json={"value": 1})
    return made["id"], tag


async def retag(client: Client, post_id: int, *tags: str) -> None:
    """Give it other tags."""
    sent: Any = {"json": {"tags": list(tags)}, "headers": {"If-Match": "*"}}
    answer = await client.send("PATCH", f"/v1/posts/{post_id}", by="barbara", **sent)
    assert answer.status_code == 200, answer.text


async def delete(client: Client, post_id: int, by: str) -> None:
    """Take a post away."""
    any_version = {"If-Match": "*"}
    answer = await client.send("DELETE", f"/v1/posts/{post_id}", by=by, headers=any_version)
    assert answer.status_code == 204, answer.text


async def listed(client: Client, tag: str, by: str | None = None) -> list[list[int]]:
    """Ids in every list of a tag."""
    paths = [f"/v1/posts?{each}&tag={tag}&limit=100" for each in LISTS]
    pages = [await client.get(path, by=by) for path in (*paths, f"/v1/tags/{tag}/posts?limit=100")]
    return [[item["id"] for item in page["items"]] for page in pages]


async def warm(client: Client) -> tuple[int, str]:
    """Such a post; the lists of its tag, and of another, read twice."""
    post_id, tag = await tagged_post(client)
    for _ in range(2):
        assert [[post_id]] * 5 == await listed(client, tag)
        assert not any(post_id in ids for ids in await listed(client, "databases"))
    return post_id, tag


async def nothing(*_: object) -> None:
    """Drop nothing."""


async def test_a_post_moves_with_its_tags(service: Service, writer: Client) -> None:
    """Out of all lists of the tag that it lost, into all of the one that it gained."""
    post_id, tag = await warm(service.client)
    await retag(writer, post_id, "databases")
    for by in (None, "barbara"):
        assert [[]] * 5 == await listed(service.client, tag, by)
        assert all(post_id in ids for ids in await listed(service.client, "databases", by))
    await delete(writer, post_id, "barbara")
    assert not any(post_id in ids for ids in await listed(service.client, "databases"))


async def test_control_rankings_that_are_not_dropped_miss_it(
    layered: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: what it gained shows it when a life is over, and no sooner."""
    post_id, _ = await warm(layered.client)
    monkeypatch.setattr(Listings, "drop", nothing)
    await retag(layered.client, post_id, "databases")
    assert not any(post_id in ids for ids in await listed(layered.client, "databases"))


@pytest.mark.parametrize("is_looked_at", [True, False])
async def test_a_list_that_was_not_dropped_leaves_out_what_lost_the_tag(
    is_looked_at: bool, layered: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it does with what was deleted. The switch: a list is believed."""
    client = layered.client
    post_id, tag = await warm(client)
    monkeypatch.setattr(Listings, "drop", nothing)
    if not is_looked_at:
        for module in (post_orders, listings):
            monkeypatch.setattr(module, "has_tag", lambda *_: True)
    await retag(client, post_id, "databases")
    found = await listed(client, tag)
    assert is_looked_at == ([[]] * 5 == found)


@pytest.mark.parametrize("is_looked_at", [True, False])
async def test_its_author_is_not_shown_it_whatever_a_cache_missed(
    is_looked_at: bool, layered: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not one entry was dropped: what they have changed is loaded, and then held to the list."""
    client = layered.client
    post_id, tag = await warm(client)
    monkeypatch.setattr(Caches, "drop", nothing)
    if not is_looked_at:
        monkeypatch.setattr(listings, "has_tag", lambda *_: True)
    await retag(client, post_id, "databases")
    assert [[post_id]] * 5 == await listed(client, tag)
    assert is_looked_at == ([[]] * 5 == await listed(client, tag, "barbara"))


@pytest.mark.parametrize("know_tags", [True, False])
async def test_a_list_of_a_tag_is_304_without_texts(
    know_tags: bool, layered: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outlines know the tags. The switch: else the list looks empty, and is read whole."""
    client = layered.client
    post_id, tag = await warm(client)
    path = f"/v1/posts?sort=hot&tag={tag}"
    known = {"If-None-Match": (await client.send("GET", path)).headers["etag"]}
    await client.expire(f"post:{post_id}")
    if not know_tags:
        outline = PostHead.outline
        monkeypatch.setattr(PostHead, "outline", lambda *of: replace(outline(*of), tags=()))
    assert (await client.send("GET", path, headers=known)).status_code == 304
    assert know_tags == (f"{keys.POST.key(post_id)}:v" not in await layered.ttls())


async def used(client: Client) -> dict[str, int]:
    """How many posts each of the most used tags has."""
    return {tag["name"]: tag["posts"] for tag in (await client.get("/v1/tags?limit=100"))["items"]}


async def test_the_most_used_tags_count_at_once(service: Service, writer: Client) -> None:
    """A post that comes, loses a tag, or goes; a tag that no post has any more is not named."""
    client = service.client
    post_id, tag = await warm(client)
    await client.expire("tags:used")
    before = await used(client)
    assert before[tag] == 1
    sent = {"title": "New", "body": "Text", "tags": ["databases"]}
    other = (await writer.send("POST", "/v1/posts", by="ada", json=sent)).json()["id"]
    assert before["databases"] + 1 == (await used(client))["databases"]
    await retag(writer, post_id, "databases")
    after = await used(client)
    assert before["databases"] + 2 == after["databases"]
    assert tag not in after
    await delete(writer, post_id, "barbara")
    await delete(writer, other, "ada")
    assert before["databases"] == (await used(client))["databases"]


async def test_control_tags_that_are_not_dropped_are_counted_late(
    layered: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch."""
    client = layered.client
    post_id, tag = await warm(client)
    await client.expire("tags:used")
    before = await used(client)
    monkeypatch.setattr(Tags, "drop", nothing)
    await retag(client, post_id, "databases")
    assert before == await used(client)
    assert tag in before
