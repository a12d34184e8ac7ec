"""What a reader did to a discussion they see at once, also when every cache missed it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from service.embedded.servers import Servers
from service.feed.threads import FreshComment
from service.queries.own_comments import DatabaseOwnComments
from service.strategies import STRATEGIES
from tests.clients import Client, serving
from tests.http.discussing import new_post, say, take_back, vote
from tests.strategies.test_same_answers import DropNothing


@pytest.fixture(params=["naive", "article", "layered"])
async def deaf(
    request: pytest.FixtureRequest,
    world_database: str,
    servers: Servers,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Client]:
    """A service that drops nothing: as one that hears of no write."""
    name = request.param
    monkeypatch.setitem(STRATEGIES, name, replace(STRATEGIES[name], invalidation=DropNothing))
    async with serving(name, world_database, servers.redis_urls[name]) as client:
        yield client


async def thread(client: Client, post_id: int, query: str = "", by: str | None = None) -> list[Any]:
    """A thread as most people ask for it: one page, which every strategy keeps."""
    items: list[Any] = (await client.get(f"/v1/posts/{post_id}/comments?{query}", by=by))["items"]
    return items


async def ids(client: Client, post_id: int, by: str | None, query: str = "") -> list[int]:
    """What somebody sees of a thread."""
    return [item["id"] for item in await thread(client, post_id, query, by=by)]


async def talk(client: Client) -> tuple[int, list[int]]:
    """A thread that is cached in both orders: two comments of claude's, the first answered."""
    post_id = await new_post(client)
    first, second = [await say(client, post_id, by="claude") for _ in range(2)]
    said = [first, second, await say(client, post_id, first, by="donald")]
    for query in ("", "sort=best"):
        assert [second, first, said[2]] == await ids(client, post_id, None, query)
    for comment_id in said:
        await client.get(f"/v1/comments/{comment_id}")
    return post_id, said


async def test_a_new_comment_stands_where_it_belongs(deaf: Client) -> None:
    """Its writer sees it, and what it answers counts it; nobody else has heard of it yet."""
    post_id, [first, second, reply] = await talk(deaf)
    third = await say(deaf, post_id)
    answer = await say(deaf, post_id, first)
    under = await say(deaf, post_id, answer)
    for query in ("", "sort=best"):
        expected = [third, second, first, answer, under, reply]
        assert expected == await ids(deaf, post_id, "ada", query)
        assert [third, second, first] == await ids(deaf, post_id, "ada", f"{query}&depth=1")
    assert [second, first, reply] == await ids(deaf, post_id, None)
    shown = {item["id"]: item for item in await thread(deaf, post_id, by="ada")}
    assert shown[first]["replies"] == 2
    assert shown[answer] == await deaf.get(f"/v1/comments/{answer}", by="ada")
    below = await deaf.get(f"/v1/comments/{first}/replies", by="ada")
    assert [answer, under, reply] == [item["id"] for item in below["items"]]


async def test_each_page_has_its_own_part_of_it(deaf: Client) -> None:
    """Nothing twice, nothing left out, wherever a page ends."""
    post_id, [first, second, reply] = await talk(deaf)
    answer = await say(deaf, post_id, first)
    third = await say(deaf, post_id)
    for limit in (1, 2, 3, 4):
        met: list[int] = []
        path, cursor = f"/v1/posts/{post_id}/comments?limit={limit}", ""
        while True:
            page = await deaf.get(f"{path}{cursor}", by="ada")
            met += [item["id"] for item in page["items"]]
            if page["next"] is None:
                break
            assert len(page["items"]) == limit
            cursor = f"&cursor={page['next']}"
        assert [third, second, first, answer, reply] == met


async def test_an_edit_a_vote_and_a_deletion_are_seen(deaf: Client) -> None:
    """By who did it."""
    post_id, [first, second, reply] = await talk(deaf)
    sent: Any = {"json": {"body": "Better."}, "headers": {"If-Match": "*"}}
    path = f"/v1/comments/{first}"
    assert (await deaf.send("PATCH", path, by="claude", **sent)).status_code == 200
    assert (await deaf.get(path, by="claude"))["body"] == "Better."
    assert {"Better."} == {
        item["body"] for item in await thread(deaf, post_id, by="claude") if item["id"] == first
    }
    await vote(deaf, first, -1, by="edsger")
    seen = await thread(deaf, post_id, "sort=best", by="edsger")
    assert [-1] == [item["score"] for item in seen if item["id"] == first]
    assert (await take_back(deaf, reply, by="donald")).status_code == 204
    assert [second, first] == await ids(deaf, post_id, "donald")
    answer = await deaf.send("GET", f"/v1/comments/{reply}", by="donald")
    assert answer.status_code == 410
    page = await deaf.get(f"/v1/posts/{post_id}/comments?limit=2", by="donald")
    assert [second, first] == [item["id"] for item in page["items"]]


async def test_without_the_question_nothing_of_it_is_seen(
    deaf: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests above can fail: whoever asks only the caches sees what those had before."""

    async def nothing(*_asked: Any) -> Sequence[FreshComment]:
        return []

    monkeypatch.setattr(DatabaseOwnComments, "fresh", nothing)
    post_id, [first, second, reply] = await talk(deaf)
    await say(deaf, post_id)
    await vote(deaf, first, -1)
    assert [second, first, reply] == await ids(deaf, post_id, "ada")
    assert {0} == {item["score"] for item in await thread(deaf, post_id, by="ada")}
