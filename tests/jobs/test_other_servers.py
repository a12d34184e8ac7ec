"""Redis goes away, comes back with what it had forgotten, or is another one: entries are right."""

from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial

import pytest
from redis.asyncio import Redis
from redis.exceptions import ReadOnlyError, ResponseError

from service.feed.changes import FollowChanged
from service.jobs import relaying
from service.patterns.outbox import Relay, server_identity
from service.queries.engine import connect
from service.queries.outbox import OutboxRow, SqlOutbox, keep
from tests.clients import serving
from tests.faults.valkey import Valkey
from tests.strategies.every_endpoint import post_of
from tests.strategies.service import Service
from tests.waiting import until


async def upvotes(service: Service, post_id: int) -> int:
    """What the service tells of; none while its stores are maltreated."""
    answer = await service.client.send("GET", f"/v1/posts/{post_id}")
    return int(answer.json()["counts"]["upvotes"]) if answer.status_code == 200 else -1


async def vote(service: Service, post_id: int, value: int) -> int:
    """Ada's; the upvotes since, as her answer has them. It is never an error."""
    answer = await service.client.send(
        "PUT", f"/v1/posts/{post_id}/vote", by="ada", json={"value": value}
    )
    assert answer.status_code == 200, answer.text
    return int(answer.json()["upvotes"])


async def shows(service: Service, post_id: int, expected: int) -> bool:
    """Whether the service has it right."""
    return await upvotes(service, post_id) == expected


async def nothing_waits(service: Service) -> bool:
    """Whether every row of the outbox is done."""
    return not await service.rows("select from outbox where done_at is null")


async def warm(service: Service) -> int:
    """A post on which Ada has not voted, in the cache."""
    post_id = await post_of(service.client)
    await vote(service, post_id, 0)
    for _ in range(2):
        await upvotes(service, post_id)
    await until(partial(nothing_waits, service))
    return post_id


async def save(valkey: Valkey) -> None:
    """Have it write a snapshot, from which it starts when it is started again."""
    async with Redis.from_url(valkey.url) as redis:
        await redis.save()


async def vote_and_forget(service: Service, valkey: Valkey, post_id: int) -> tuple[int, int]:
    """A vote whose drop is lost in a restart; upvotes before and after it."""
    before = await upvotes(service, post_id)
    await save(valkey)
    after = await vote(service, post_id, 1)
    assert before < after == await upvotes(service, post_id)
    await until(partial(nothing_waits, service))  # the row is done: only a replay finds it
    valkey.kill()
    valkey.start()
    return before, after


async def test_a_restart_from_an_old_snapshot_is_healed(service: Service, valkey: Valkey) -> None:
    """The old value is back, and dropped once more: its row is younger than a minute."""
    post_id = await warm(service)
    _, after = await vote_and_forget(service, valkey, post_id)
    await until(partial(shows, service, post_id, after))


@pytest.fixture
async def blind(
    world_database: str, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Service]:
    """The switch: a service whose relay takes every server for the same one."""

    async def always_the_same(redis: Redis) -> str:
        await redis.ping()
        return "the one"

    monkeypatch.setattr(relaying, "server_identity", always_the_same)
    async with serving("layered", world_database, valkey.url) as client:
        yield Service("layered", client, world_database)


async def test_control_without_a_replay_the_old_value_stays(blind: Service, valkey: Valkey) -> None:
    """Until its TTL ends: the relay has looked several times, and found every row done."""
    post_id = await warm(blind)
    before, _ = await vote_and_forget(blind, valkey, post_id)
    await until(partial(shows, blind, post_id, before))
    looks = (await blind.client.stats())["sql_statements"]

    async def has_looked() -> bool:
        return bool((await blind.client.stats())["sql_statements"] >= looks + 5)

    await until(has_looked)
    assert before == await upvotes(blind, post_id)


async def test_a_write_without_redis_is_answered_and_finished_later(
    service: Service, valkey: Valkey
) -> None:
    """201 and 200 while nobody answers there; when it is back the entries are right."""
    post_id = await warm(service)
    await save(valkey)
    valkey.kill()
    after = await vote(service, post_id, 1)
    said = await service.client.send(
        "POST", f"/v1/posts/{post_id}/comments", by="ada", json={"body": "In the dark."}
    )
    assert said.status_code == 201
    assert not await nothing_waits(service)
    valkey.start()
    await until(partial(nothing_waits, service))
    await until(partial(shows, service, post_id, after))
    comments = await service.client.get(f"/v1/posts/{post_id}/comments")
    assert said.json() == comments["items"][0]


async def test_a_write_beside_a_hanging_redis_is_answered(service: Service, valkey: Valkey) -> None:
    """A server that accepts and says nothing is no error either."""
    post_id = await warm(service)
    with valkey.frozen():
        after = await vote(service, post_id, 1)
    await until(partial(nothing_waits, service))
    await until(partial(shows, service, post_id, after))


@pytest.fixture
def replica(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """Another server."""
    server = Valkey(tmp_path_factory.mktemp("replica"))
    yield server
    server.kill()


async def test_a_promoted_replica_gets_what_it_had_not_heard_of(
    empty_database: str, valkey: Valkey, replica: Valkey
) -> None:
    """A drop that the primary acknowledged, and that died with it."""
    engine = connect(empty_database)
    async with Redis.from_url(valkey.url) as first, Redis.from_url(replica.url) as second:
        await second.replicaof("127.0.0.1", str(valkey.port))
        await first.set("profile:ada", "old", ex=60)
        await until(partial(has, second, "profile:ada"))
        await second.replicaof("127.0.0.1", "1")  # the link is cut; it is a replica still
        active = first

        async def identity() -> str:
            return await server_identity(active)

        async def drop(rows: Sequence[OutboxRow]) -> None:
            await active.delete("profile:ada")

        relay = Relay(SqlOutbox(engine), drop, identity=identity, grace_s=0.0)
        async with engine.execution_options(isolation_level="READ COMMITTED").begin() as writing:
            await keep(writing, [FollowChanged(1, "ada", 2, "barbara")])
        assert await relay.look() == 1
        assert await first.get("profile:ada") is None
        valkey.kill()
        await second.replicaof("NO", "ONE")
        active = second
        assert await second.get("profile:ada") == b"old"
        assert await relay.look() == 0  # no row waits, and yet
        assert await second.get("profile:ada") is None
    await engine.dispose()


async def has(redis: Redis, key: str) -> bool:
    """Whether a server has a key."""
    return bool(await redis.exists(key))


async def test_a_promotion_changes_the_name_of_a_server(valkey: Valkey, replica: Valkey) -> None:
    """Its `run_id` stays, its replication id does not; in between it takes no writes."""
    async with Redis.from_url(replica.url) as redis:
        before = await server_identity(redis)
        await redis.replicaof("127.0.0.1", str(valkey.port))
        with pytest.raises(ReadOnlyError):
            await server_identity(redis)
        await redis.replicaof("NO", "ONE")
        after = await server_identity(redis)
    assert before != after
    assert before.split()[0] == after.split()[0]


async def test_a_primary_that_refuses_writes_blames_no_row(
    empty_database: str, valkey: Valkey
) -> None:
    """It lacks its replicas, and answers all the same; rows are due as soon as it is well."""
    engine, seen = connect(empty_database), []
    async with Redis.from_url(valkey.url) as redis:

        async def drop(rows: Sequence[OutboxRow]) -> None:
            await redis.delete("profile:ada")

        relay = Relay(
            SqlOutbox(engine),
            drop,
            identity=partial(server_identity, redis),
            grace_s=0.0,
            observe=lambda event, **_: seen.append(event),
        )
        await relay.look()
        async with engine.execution_options(isolation_level="READ COMMITTED").begin() as writing:
            await keep(writing, [FollowChanged(1, "ada", 2, "barbara")])
        await redis.config_set("min-replicas-to-write", 1)
        for _ in range(3):
            with pytest.raises(ResponseError, match="NOREPLICAS"):
                await relay.look()
        await redis.config_set("min-replicas-to-write", 0)
        assert await relay.look() == 1
    assert seen == ["replayed", "applied"]
    await engine.dispose()
