"""Databases, counts and stores as they are measured, on real servers."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from loadtests.counting import counting
from loadtests.databases import (
    copy_template,
    drop_copies,
    is_empty,
    make_database,
    with_database,
)
from loadtests.dataset import count_rows, read_population
from loadtests.errors import LoadTestError
from loadtests.services import Service
from loadtests.sql import connected as database
from loadtests.stores import Store, connected
from loadtests.trials.keyspace import looking_at
from service.embedded.servers import Servers
from tests.world import PEOPLE


@pytest_asyncio.fixture
async def store(servers: Servers) -> AsyncIterator[Store]:
    """An empty store of our own."""
    async with connected(servers.redis_urls["naive"]) as opened:
        await opened.flush()
        yield opened
        await opened.flush()


async def test_a_copy_holds_what_the_template_holds(world_database: str) -> None:
    """And a second copy takes the place of the first, even while somebody is connected to it."""
    url = await copy_template(world_database, "try_out")
    async with database(url) as first:
        assert await first.fetchval("select count(*) from users") == len(PEOPLE)
        await first.execute("delete from comment_votes; delete from post_votes")
        assert await copy_template(world_database, "try_out") == url
    async with database(url) as second:
        assert await second.fetchval("select count(*) from post_votes") > 0
    async with database(world_database) as template:
        await template.execute('drop database "corral_try_out"')


async def test_statements_of_a_dropped_copy_are_forgotten(world_database: str) -> None:
    """A turn makes a copy anew: what was counted of a hundred of them would push out the rest."""
    counted = "select count(*) from pg_stat_statements where dbid = $1"
    async with database(world_database) as template:
        await template.execute("create extension if not exists pg_stat_statements")
    url = await copy_template(world_database, "counted")
    async with database(url) as first:
        await first.fetchval("select count(*) from users")
        number = await first.fetchval(
            "select oid from pg_database where datname like $1", "%ounted"
        )
        assert await first.fetchval(counted, number) > 0
    await copy_template(world_database, "counted")
    async with database(world_database) as template:
        assert await template.fetchval(counted, number) == 0
        await template.execute("drop database corral_counted")


async def test_somebody_elses_database_is_not_dropped(world_database: str) -> None:
    """The name alone does not make it ours."""
    async with database(world_database) as connection:
        await connection.execute("create database corral_foreign")
        try:
            with pytest.raises(LoadTestError, match="was not made by the load tests"):
                await copy_template(world_database, "foreign")
        finally:
            await connection.execute("drop database corral_foreign")


async def test_a_template_in_use_is_explained(world_database: str) -> None:
    """PostgreSQL cannot copy a database that somebody works in."""
    async with database(world_database):
        with pytest.raises(LoadTestError, match="End what is connected to it"):
            await copy_template(world_database, "blocked")


async def test_statements_of_one_database_are_counted_and_no_others(
    world_database: str, servers: Servers
) -> None:
    """Transaction control, session settings and the catalogue are left out."""
    other = with_database(world_database, "postgres")
    name = world_database.rpartition("/")[2]
    async with database(other) as making:
        await making.execute("create extension if not exists pg_stat_statements")
    async with counting(other) as counter, database(world_database) as working:
        before = await counter.calls(name)
        assert before is not None
        for _ in range(5):
            await working.fetchval("select count(*) from users where id > $1", 0)
        await working.execute("begin; set local work_mem = '8MB'; commit")
        await working.fetchval("select count(*) from pg_catalog.pg_class")
        assert await counter.calls(name) == before + 5


async def test_a_service_that_does_not_tell_is_counted_by_the_database_alone(
    world_database: str, servers: Servers
) -> None:
    """Our own counting, in the very database that is counted, is left out."""
    async with database(world_database) as working:
        await working.execute("create extension if not exists pg_stat_statements")
        silent = Service("somebody's", [], admin_token="")
        async with counting(world_database) as counter:
            name = world_database.rpartition("/")[2]
            before = await counter.snapshot(silent, name)
            for _ in range(3):
                await working.fetchval("select count(*) from posts where id > $1", 0)
            spent = await counter.snapshot(silent, name) - before
    assert (spent.by_driver, spent.agree) == (3, None)


async def test_a_database_without_statistics_is_not_guessed(world_database: str) -> None:
    """The extension is not made in this one."""
    async with counting(world_database) as counter:
        assert await counter.calls("anything") is None


async def test_population_and_rows_are_those_of_the_template(world_database: str) -> None:
    """Twelve people, thirty-six posts."""
    people = await read_population(world_database)
    rows = await count_rows(world_database, "a small world")
    assert sorted(people.handles) == sorted(PEOPLE)
    assert (rows["users"], rows["posts"]) == (12, 36) == (12, len(people.posts))
    assert rows["source"] == "a small world"


async def test_who_wrote_what_and_who_follows_the_celebrity_are_those_of_the_template(
    world_database: str,
) -> None:
    """Crowds go to authors, and followers poll."""
    people = await read_population(world_database)
    async with database(world_database) as template:
        wrote = await template.fetch(
            "select p.id, u.handle from posts p join users u on u.id = p.author_id"
        )
        fans = await template.fetch(
            "select f.handle from follows join users f on f.id = follower_id"
            " join users c on c.id = followee_id where c.handle = $1",
            people.celebrity,
        )
    authors = [people.handles[author] for author in people.authors]
    assert {row["id"]: row["handle"] for row in wrote} == dict(
        zip(people.posts, authors, strict=True)
    )
    assert sorted(row["handle"] for row in fans) == sorted(people.fans)
    assert max(people.followers) == len(people.fans) > 0


async def test_a_template_is_made_once_and_copies_are_dropped(world_database: str) -> None:
    """Copies of a former run take room; whatever else lies on the server stays."""
    server_url = with_database(world_database, "postgres")
    name = "corral_template_of_a_test"
    async with database(server_url) as connection:
        url = await make_database(server_url, name)
        assert await is_empty(url)
        async with database(url) as made:
            await made.execute("create table mine (id int)")
        assert await make_database(server_url, name) == url
        assert not await is_empty(url)
        await copy_template(url, "of_a_test")
        await drop_copies(server_url)
        left = await connection.fetch("select datname from pg_database")
        assert {"corral_of_a_test"} & {row["datname"] for row in left} == set()
        assert {name} <= {row["datname"] for row in left}
        await connection.execute(f'drop database "{name}"')


async def test_an_empty_template_is_refused(empty_database: str) -> None:
    """There is nobody to send traffic for."""
    with pytest.raises(LoadTestError, match="corral seed"):
        await read_population(empty_database)


async def test_memory_is_weighed_without_what_was_flushed(store: Store) -> None:
    """FLUSHDB alone gives memory back later, and would make the next cache look small."""
    empty = await store.used_bytes()
    for number in range(50):
        await store._redis.set(f"post:{{{number}}}", "x" * 100_000)
    full = await store.used_bytes()
    # Of what others left behind the server may have given some back meanwhile.
    assert 4_900_000 < full - empty < 6_500_000
    await store.flush()
    assert await store.used_bytes() - empty < 1_000_000


async def test_the_census_sees_every_key(store: Store) -> None:
    """Also more than one SCAN returns."""
    for number in range(2_500):
        await store._redis.set(f"post:{{{number}}}:v", "x" * 100, ex=60 if number % 5 else None)
    census = await store.census()
    entries = census.post_entries()
    assert (census.keys, census.without_ttl) == (2_500, 500)
    assert entries is not None
    assert entries["entries"] == 2_500
    assert 100 < entries["mean"] < 400


async def test_a_limit_cuts_a_full_store_to_its_most_recent_keys(store: Store) -> None:
    """Before anything is measured in it."""
    empty = await store.used_bytes_in_all()
    for number in range(100):
        await store._redis.set(f"post:{number}", "x" * 50_000)
    async with store.limited(empty + 2_000_000, "allkeys-lru"):
        assert await store.used_bytes_in_all() <= empty + 2_000_000
        assert 10 < (await store.census()).keys < 45


async def test_a_limit_evicts_and_is_lifted_again(store: Store) -> None:
    """The least recently used go; nobody gets an error."""
    room, names = 2_000_000, ("maxmemory", "maxmemory-policy")
    former = await store._redis.config_get(*names)
    async with store.limited(await store.used_bytes_in_all() + room, "allkeys-lru"):
        before = await store.evicted_keys()
        for number in range(100):
            await store._redis.set(f"post:{number}", "x" * 50_000)
        assert await store.evicted_keys() > before
        assert not await store.is_empty()
    assert await store._redis.config_get(*names) == former


async def test_clients_that_are_new_are_not_weighed(store: Store, servers: Servers) -> None:
    """Their buffers shrink within seconds, and a cache weighed then would look smaller."""
    empty = await store.used_bytes()
    async with AsyncExitStack() as stack:
        for _ in range(30):
            client: Any = Redis.from_url(servers.redis_urls["naive"])
            await stack.enter_async_context(client)
            await client.ping()
        memory = await store._redis.info("memory")
        lagging = memory["used_memory"] - memory["mem_clients_normal"]
        assert lagging - empty > 200_000
        assert await store.used_bytes() - empty < 150_000


async def test_commands_of_the_services_are_counted_and_ours_are_not(
    store: Store, servers: Servers
) -> None:
    """By connection: what measuring takes, a service may ask as well."""
    url = servers.redis_urls["naive"]
    await store._redis.set("post:{1}", "x", ex=60)
    async with AsyncExitStack() as stack:
        service: Any = await stack.enter_async_context(Redis.from_url(url))
        await service.ping()
        before = await store.commands()
        looking = await stack.enter_async_context(looking_at(url, seed=1, tally=store.tally))
        await store.census()
        await looking.shares()
        await looking.count(60.0)
        await store.used_bytes()
        await store.keys()
        async with store.limited(10_000_000_000, "allkeys-lru"):
            assert 0 == await store.commands() - before
        await service.info("server", "replication")
        await service.pipeline(transaction=True).get("post:{1}").ttl("post:{1}").execute()
        # MULTI and EXEC are commands as well.
        assert 1 + 4 == await store.commands() - before
        await store.flush()
        assert 5 == await store.commands() - before
