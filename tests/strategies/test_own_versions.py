"""Whoever writes sees it on every process at once, also when nothing was dropped anywhere."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from service.embedded.servers import Servers
from service.feed import lists, posts
from service.feed.heads import PostNow
from service.feed.models import Post, SeenPost
from service.queries.overlay import DatabaseOverlays
from service.strategies import STRATEGIES
from tests.clients import Client, serving
from tests.strategies.service import Service, on_copy
from tests.strategies.test_same_answers import DropNothing
from tests.world import Databases

CACHED = [name for name in STRATEGIES if name != "no_cache"]


@dataclass(frozen=True)
class Pair:
    """Two processes on one database and one cache; what `writer` outdates is dropped nowhere."""

    writer: Client
    reader: Service
    post_id: int

    async def write(self, method: str, path: str, by: str, **more: Any) -> httpx.Response:
        """A write that succeeds."""
        answer = await self.writer.send(method, path.format(self.post_id), by=by, **more)
        assert answer.status_code < 300, answer.text
        return answer

    async def shown(self, by: str | None) -> list[dict[str, Any]]:
        """The post, wherever a reader finds it: at its address, in lists."""
        client = self.reader.client
        one = await client.send("GET", f"/v1/posts/{self.post_id}", by=by)
        found = [one.json()] if one.status_code == 200 else []
        for path in ("/v1/users/barbara/posts", "/v1/posts?sort=top&window=all&limit=100"):
            items = (await client.get(path, by=by))["items"]
            found += [item for item in items if item["id"] == self.post_id]
        return found


@pytest.fixture(params=CACHED)
async def pair(
    request: pytest.FixtureRequest,
    databases: Databases,
    servers: Servers,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Pair]:
    """Warm: everything about a post of barbara's has been read twice, by her, ada and nobody."""
    async with AsyncExitStack() as stack:
        reader = await stack.enter_async_context(
            on_copy(request.param, "corral_test_world", databases, servers)
        )
        deaf = replace(STRATEGIES[request.param], invalidation=DropNothing)
        monkeypatch.setitem(STRATEGIES, request.param, deaf)
        writer = await stack.enter_async_context(
            serving(request.param, reader.database_url, reader.client.redis_url)
        )
        page = await reader.client.get("/v1/users/barbara/posts?limit=1")
        pair = Pair(writer, reader, page["items"][0]["id"])
        for by in ("barbara", "ada", None) * 2:
            assert len(await pair.shown(by)) == 3
        yield pair


async def test_a_vote_is_seen_by_its_voter(pair: Pair) -> None:
    """And when it is taken back, which leaves no row; nobody else's page is made anew for it."""
    old = [view["counts"] for view in await pair.shown(None)]
    for value in (1, -1, 0):
        counts = (await pair.write("PUT", "/v1/posts/{}/vote", "ada", json={"value": value})).json()
        for view in await pair.shown("ada"):
            assert counts == view["counts"]
            assert value == view["viewer"]["vote"]
    await pair.write("PUT", "/v1/posts/{}/vote", "ada", json={"value": -1})
    assert old == [view["counts"] for view in await pair.shown(None)]  # so it is the cache's


async def test_a_comment_and_a_reaction_are_counted_for_who_made_them(pair: Pair) -> None:
    """As are all counts of a signed-in reader."""
    before = (await pair.shown("ada"))[0]["counts"]
    await pair.write("POST", "/v1/posts/{}/comments", "ada", json={"body": "Well said."})
    for view in await pair.shown("ada"):
        assert before["comments"] + 1 == view["counts"]["comments"]
    await pair.write("PUT", "/v1/posts/{}/reactions/wow", "ada")
    for view in await pair.shown("ada"):
        assert before["reactions"].get("wow", 0) + 1 == view["counts"]["reactions"]["wow"]


async def test_an_edit_is_seen_by_its_author(pair: Pair) -> None:
    """Everywhere, each time, and stored nowhere: others get what they got until it is dropped."""
    old = (await pair.shown(None))[0]
    edit = {"json": {"title": "Better", "tags": ["new"]}, "headers": {"If-Match": "*"}}
    await pair.write("PATCH", "/v1/posts/{}", "barbara", **edit)
    for _ in range(2):
        views = await pair.shown("barbara")
        assert [("Better", ["new"], 2)] * 3 == [
            (view["title"], view["tags"], view["version"]) for view in views
        ]
    assert [old["title"]] * 3 == [view["title"] for view in await pair.shown("ada")]
    tag = (await pair.reader.client.send("GET", f"/v1/posts/{pair.post_id}", by="barbara")).headers
    assert tag["etag"].startswith('"v2-')


async def test_what_one_deleted_is_gone_for_oneself(pair: Pair) -> None:
    """At its address and from all lists."""
    await pair.write("DELETE", "/v1/posts/{}", "barbara", headers={"If-Match": "*"})
    assert await pair.shown("barbara") == []
    assert len(await pair.shown(None)) == 3


async def test_a_list_goes_on_behind_what_is_gone(pair: Pair) -> None:
    """A page that lost its last post has the cursor that it would have had."""
    path = "/v1/users/barbara/posts?limit=1"
    cursor = (await pair.reader.client.get(path, by="barbara"))["next"]
    await pair.write("DELETE", "/v1/posts/{}", "barbara", headers={"If-Match": "*"})
    assert {"items": [], "next": cursor} == await pair.reader.client.get(path, by="barbara")


async def test_without_the_check_the_old_is_shown(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: neither versions nor counts are looked at."""

    def seen(post: Post, now: PostNow) -> SeenPost:
        return plain(post, replace(now, counts=post.counts))

    plain = lists.seen_as
    monkeypatch.setattr(posts, "pages_for", lambda _, pages: pages)
    monkeypatch.setattr(lists, "_is_outdated", lambda *_: False)
    monkeypatch.setattr(lists, "seen_as", seen)
    before = await pair.shown("barbara")
    edit = {"json": {"title": "Better"}, "headers": {"If-Match": "*"}}
    await pair.write("PATCH", "/v1/posts/{}", "barbara", **edit)
    await pair.write("POST", "/v1/posts/{}/comments", "barbara", json={"body": "Well said."})
    assert before == await pair.shown("barbara")


async def test_nothing_is_loaded_anew_while_nothing_was_missed(
    databases: Databases, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check costs the one query that is made anyway."""

    async def newest(*_: Any) -> None:
        raise AssertionError("nobody is behind")

    monkeypatch.setattr(DatabaseOverlays, "newest", newest)
    async with on_copy("layered", "corral_test_world", databases, servers) as service:
        page = await service.client.get("/v1/users/barbara/posts?limit=1", by="barbara")
        path = f"/v1/posts/{page['items'][0]['id']}"

        async def read() -> None:
            await service.client.get(path, by="barbara")

        await read()
        assert await service.client.statements(read) == 1
        edit: dict[str, Any] = {"json": {"title": "Better"}, "headers": {"If-Match": "*"}}
        await service.client.send("PATCH", path, by="barbara", **edit)
        assert (await service.client.get(path, by="barbara"))["title"] == "Better"
