"""Votes on comments: counted exactly, seen at once, and no reason to load a thread again."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import text

from service.embedded.servers import Servers
from service.queries.writes import comment_votes
from tests.clients import Client, serving
from tests.http.discussing import new_post, say, take_back, thread, vote
from tests.http.problems import problem
from tests.strategies.service import Service
from tests.waiting import until
from tests.world import PEOPLE


async def test_a_vote_counts_from_every_value_to_every_other(client: Client) -> None:
    """Up, down and none, in every order, twice each; shown wherever the comment is."""
    post_id = await new_post(client)
    comment_id = await say(client, post_id, by="claude")
    for value in (1, -1, 1, 0, -1, 0, 0, 1, 1, -1, -1, 0):
        counts = await vote(client, comment_id, value)
        expected = {"score": value, "upvotes": int(value == 1), "downvotes": int(value == -1)}
        assert expected == counts
        [shown] = await thread(client, post_id)
        assert value == shown["score"]
        assert shown == await client.get(f"/v1/comments/{comment_id}")


async def test_a_vote_is_taken_back(client: Client) -> None:
    """As by a vote of 0; again changes nothing."""
    comment_id = await say(client, await new_post(client))
    await vote(client, comment_id, -1, by="claude")
    path = f"/v1/comments/{comment_id}/vote"
    for _ in range(2):
        answer = await client.send("DELETE", path, by="claude")
        assert answer.status_code == 200
        assert answer.json() == {"score": 0, "upvotes": 0, "downvotes": 0}
    assert (await client.send("DELETE", "/v1/comments/77/vote", by="ada")).status_code == 404


async def test_a_vote_moves_its_author_s_standing(client: Client) -> None:
    """At once; a gain might be above what a day allows, a loss never is."""
    comment_id = await say(client, await new_post(client), by="hedy")
    before = await client.get("/v1/users/hedy/reputation")
    await vote(client, comment_id, -1)
    after = await client.get("/v1/users/hedy/reputation")
    assert before["downvotes"] + 1 == after["downvotes"]
    assert before["reputation"] > after["reputation"]


@pytest.mark.parametrize("value", [2, -2, None, "1", True, 0.5])
async def test_no_other_value_is_a_vote(client: Client, value: object) -> None:
    """422."""
    comment_id = await say(client, await new_post(client))
    answer = await client.send(
        "PUT", f"/v1/comments/{comment_id}/vote", by="ada", json={"value": value}
    )
    assert answer.status_code == 422
    problem(answer)


async def test_votes_at_once_are_counted_exactly(client: Client) -> None:
    """Everybody's on two comments, each person with three minds."""
    post_id = await new_post(client)
    both = [await say(client, post_id) for _ in range(2)]
    for last in (1, -1, 0):
        await asyncio.gather(
            *(vote(client, one, value, by) for one in both for by in PEOPLE for value in (1, -1))
        )
        await asyncio.gather(*(vote(client, one, last, by) for one in both for by in PEOPLE))
        assert {last * len(PEOPLE)} == {item["score"] for item in await thread(client, post_id)}


@pytest.mark.parametrize("locks", [True, False])
async def test_two_votes_of_one_person_wait_for_each_other(
    world_database: str, servers: Servers, locks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the lock both find that there was none before, and both are counted."""
    if not locks:
        unlocked = comment_votes.LOCK.text.replace("for update of c", "")
        monkeypatch.setattr(comment_votes, "LOCK", text(unlocked))
    async with serving("no_cache", world_database, servers.redis_urls["no_cache"]) as client:
        service = Service("no_cache", client, world_database)
        comment_id = await say(client, await new_post(client))
        connection = await asyncpg.connect(world_database)
        async with connection.transaction():
            await connection.execute("select from comments where id = $1 for update", comment_id)
            voting = [asyncio.create_task(vote(client, comment_id, 1, "claude")) for _ in range(2)]

            async def both_wait() -> bool:
                return await service.waiting() >= 2

            await until(both_wait)
        await connection.close()
        await asyncio.gather(*voting)
        counts = await vote(client, comment_id, 1, "claude")
        assert (1 if locks else 2) == counts["upvotes"]


async def test_a_vote_loads_one_row_and_no_thread(client: Client) -> None:
    """Of a thread of thirty: its order stays as it was, and so do all the others."""
    post_id = await new_post(client)
    said = [await say(client, post_id) for _ in range(30)]
    path = f"/v1/posts/{post_id}/comments?sort=best&limit=100"

    async def read() -> None:
        await client.get(path)

    assert await client.statements(read) == 0
    await vote(client, said[0], 1, by="claude")
    voted = (await client.stats())["loads_total"]
    shown = {item["id"]: item["score"] for item in (await client.get(path))["items"]}
    assert shown[said[0]] == 1
    loads = [load for load in (await client.stats())["loads"] if load["id"] > voted]
    assert ["comment"] == [load["kind"] for load in loads]


async def test_a_deleted_comment_has_no_votes_to_give(client: Client) -> None:
    """410, and its author's standing is without them."""
    comment_id = await say(client, await new_post(client), by="ivan")
    await vote(client, comment_id, 1)
    with_it = (await client.get("/v1/users/ivan/reputation"))["upvotes"]
    assert (await take_back(client, comment_id, by="ivan")).status_code == 204
    assert with_it - 1 == (await client.get("/v1/users/ivan/reputation"))["upvotes"]
    path = f"/v1/comments/{comment_id}/vote"
    assert (await client.send("DELETE", path, by="ada")).status_code == 410
