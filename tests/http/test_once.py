"""`Idempotency-Key`: a request that is sent again is not carried out again."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import asyncpg
import httpx
import pytest

from service.embedded.servers import Servers
from service.http.tokens import Tokens
from service.queries.writes import once as statements
from tests.clients import SECRET, Client, serving
from tests.http.conftest import hold_to_document
from tests.http.problems import problem
from tests.waiting import until
from tests.world import Databases

POST = {"title": "Once", "body": "and for all"}


@pytest.fixture(scope="module")
async def world(databases: Databases) -> AsyncIterator[str]:
    """URL of the database of this module."""
    async with databases.copy_of("corral_test_world") as url:
        yield url


@pytest.fixture(scope="module")
async def client(world: str, servers: Servers) -> AsyncIterator[Client]:
    """A service on it."""
    async with serving("layered", world, servers.redis_urls["layered"]) as client:
        hold_to_document(client)
        yield client


@pytest.fixture(scope="module")
async def database(world: str) -> AsyncIterator[asyncpg.Connection]:
    """A way behind the service's back."""
    connection = await asyncpg.connect(world)
    yield connection
    await connection.close()


async def publish(
    client: Client, key: str | None, *, by: str = "ada", **changed: Any
) -> httpx.Response:
    """Publish a post under a key."""
    headers = {} if key is None else {"Idempotency-Key": key}
    return await client.send("POST", "/v1/posts", by=by, json=POST | changed, headers=headers)


def same(one: httpx.Response, other: httpx.Response) -> bool:
    """Whether two answers are one, but for the header that says which came second."""
    assert other.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in one.headers
    return (one.status_code, one.content, one.headers["content-type"], one.headers["location"]) == (
        other.status_code,
        other.content,
        other.headers["content-type"],
        other.headers["location"],
    )


async def test_the_same_request_gets_the_same_answer(client: Client) -> None:
    """Status, body and Location, byte for byte; and there is one post."""
    first = await publish(client, "same")
    assert first.status_code == 201
    for key in ("same", '"same"'):  # the draft writes quotes, people leave them out
        assert same(first, await publish(client, key))
    posts = await client.get("/v1/users/ada/posts?limit=100")
    assert 1 == sum(post["id"] == first.json()["id"] for post in posts["items"])
    assert 1 == sum(post["title"] == "Once" for post in posts["items"])


async def test_without_a_key_there_are_two(client: Client) -> None:
    """Nobody guesses what was meant."""
    one, other = [await publish(client, None) for _ in range(2)]
    assert one.json()["id"] != other.json()["id"]


async def test_a_comment_is_added_once(client: Client) -> None:
    """And counted once."""
    post = (await publish(client, None)).json()
    path, key = f"/v1/posts/{post['id']}/comments", {"Idempotency-Key": "comment"}
    said = [
        await client.send("POST", path, by="barbara", json={"body": "Well said."}, headers=key)
        for _ in range(2)
    ]
    assert said[0].status_code == said[1].status_code == 201
    assert said[0].content == said[1].content
    assert 1 == (await client.get(f"/v1/posts/{post['id']}"))["counts"]["comments"]


async def test_an_account_is_made_once(client: Client) -> None:
    """The second request does not find its own handle taken."""
    new, key = {"handle": "once", "password": "correct horse"}, {"Idempotency-Key": "sign-up"}
    first, second = [
        await client.send("POST", "/v1/users", json=new, headers=key) for _ in range(2)
    ]
    assert first.status_code == 201, first.text
    assert same(first, second)
    assert (await client.send("POST", "/v1/users", json=new)).status_code == 409


async def test_a_key_belongs_to_who_used_it(client: Client) -> None:
    """Others may have had the same idea."""
    one, other = [await publish(client, "shared", by=who) for who in ("ada", "barbara")]
    assert other.status_code == 201
    assert one.json()["id"] != other.json()["id"]


async def test_another_request_under_the_same_key_is_refused(client: Client) -> None:
    """Another body, or another path: the answer to the first would be wrong for it."""
    first = await publish(client, "clash")
    answer = await publish(client, "clash", title="Other")
    assert answer.status_code == 422
    assert "Idempotency-Key" in problem(answer)["detail"]
    answer = await client.send(
        "POST",
        f"/v1/posts/{first.json()['id']}/comments",
        by="ada",
        json={"body": "x"},
        headers={"Idempotency-Key": "clash"},
    )
    assert answer.status_code == 422


@pytest.mark.parametrize("key", ["", " ", "a b", '"a', 'a"b', "ä", "a" * 256, '""', "a\\b"])
async def test_a_malformed_key_is_400(client: Client, key: str) -> None:
    """Not taken for none: whoever sends one means it."""
    headers = {"Idempotency-Key": key.encode()}
    answer = await client.send("POST", "/v1/posts", by="ada", json=POST, headers=headers)
    assert answer.status_code == 400
    problem(answer)


async def test_two_keys_are_400(client: Client) -> None:
    """Nobody can know which."""
    headers = [("Idempotency-Key", "one"), ("Idempotency-Key", "two")]
    token = Tokens(SECRET.encode()).make(client.ids["ada"], "ada")
    answer = await client.http.post(
        "/v1/posts", json=POST, headers=[*headers, ("Authorization", f"Bearer {token}")]
    )
    assert answer.status_code == 400


async def test_the_longest_key_is_taken(client: Client) -> None:
    """255 characters."""
    assert same(await publish(client, "k" * 255), await publish(client, "k" * 255))


async def test_what_failed_may_be_tried_again(client: Client) -> None:
    """It left nothing behind, and a later one may succeed."""
    path, key = f"/v1/posts/{2**50}/comments", {"Idempotency-Key": "failed"}
    answer = await client.send("POST", path, by="ada", json={"body": "x"}, headers=key)
    assert answer.status_code == 404
    answer = await publish(client, "failed")
    assert answer.status_code == 201
    assert "idempotency-replayed" not in answer.headers


async def test_equal_requests_at_once_make_one(client: Client) -> None:
    """Those that come second wait for the first, and get its answer."""
    answers = await asyncio.gather(*(publish(client, "burst") for _ in range(20)))
    assert {201} == {answer.status_code for answer in answers}
    assert 1 == len({answer.content for answer in answers})
    assert 19 == sum("idempotency-replayed" in answer.headers for answer in answers)


async def test_who_waits_too_long_is_told_to_come_back(
    client: Client, database: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """409 with Retry-After while the first still runs; afterwards its answer."""
    monkeypatch.setattr(statements, "WAIT_S", 0.05)
    async with database.transaction():
        await database.execute("lock table posts in access exclusive mode")
        first = asyncio.create_task(publish(client, "slow"))
        await until(partial(somebody_waits, database))
        second = await publish(client, "slow")
    assert second.status_code == 409
    assert second.headers["retry-after"] == "1"
    problem(second)
    assert same(await first, await publish(client, "slow"))


async def somebody_waits(database: asyncpg.Connection) -> bool:
    """Whether a statement waits for another's lock."""
    return bool(await database.fetchval("select count(*) from pg_locks where not granted"))


async def somebody_waits_so_long(database: asyncpg.Connection, least_s: float) -> bool:
    """The same, for so many seconds by the server's clock."""
    return bool(
        await database.fetchval(
            "select count(*) from pg_locks where not granted"
            " and clock_timestamp() - waitstart > make_interval(secs => $1)",
            least_s,
        )
    )


async def test_only_the_wait_for_the_key_is_short(
    client: Client, database: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is done under a key may wait for its rows as long as without one."""
    monkeypatch.setattr(statements, "WAIT_S", 0.05)
    post = (await publish(client, None)).json()
    path, key = f"/v1/posts/{post['id']}/comments", {"Idempotency-Key": "patient"}
    send = client.send("POST", path, by="ada", json={"body": "x"}, headers=key)
    async with database.transaction():
        await database.execute("select from posts where id = $1 for update", post["id"])
        said = asyncio.create_task(send)
        await until(partial(somebody_waits_so_long, database, 6 * statements.WAIT_S))
        assert not said.done()
    assert (await said).status_code == 201


async def test_a_key_is_free_again_after_a_day(
    client: Client, database: asyncpg.Connection
) -> None:
    """Whether it was purged or not; until then it is not."""
    first = await publish(client, "old")
    await aged(database, "old", "23 hours 59 minutes")
    assert same(first, await publish(client, "old"))
    await aged(database, "old", "24 hours 1 minute")
    third = await publish(client, "old", title="Another")
    assert third.status_code == 201
    assert third.json()["id"] != first.json()["id"]
    assert same(third, await publish(client, "old", title="Another"))


async def aged(database: asyncpg.Connection, key: str, age: str) -> None:
    """Make a key as old as that."""
    await database.execute(
        "update idempotency_keys set created_at = now() - $2::text::interval where key = $1",
        key,
        age,
    )


async def test_nothing_that_was_sent_is_kept(client: Client, database: asyncpg.Connection) -> None:
    """What is kept of a request is a keyed hash: a password could be guessed from another."""
    key = {"Idempotency-Key": "hidden"}
    new = {"handle": "hidden", "password": "correct horse"}
    assert (await client.send("POST", "/v1/users", json=new, headers=key)).status_code == 201
    row = await database.fetchrow("select * from idempotency_keys where key = 'hidden'")
    assert row["scope"] == "address:127.0.0.1"
    assert len(row["fingerprint"]) == 32
    assert b"correct horse" not in b"".join(bytes(v) for v in row.values() if type(v) is bytes)


@pytest.mark.parametrize("strategy", ["no_cache", "naive", "article", "layered"])
async def test_under_every_strategy(strategy: str, world_database: str, servers: Servers) -> None:
    """What a strategy does with a change is done once as well."""
    async with serving(strategy, world_database, servers.redis_urls[strategy]) as client:
        assert same(await publish(client, "each"), await publish(client, "each"))
