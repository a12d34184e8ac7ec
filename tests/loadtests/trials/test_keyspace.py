"""Bytes by prefix: a sample is near the whole, and the whole is exact."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from loadtests.trials.keyspace import (
    REST,
    SAMPLE_KEYS,
    SHOWN,
    Counted,
    Keyspace,
    bands,
    looking_at,
    prefix_of,
)
from service.embedded.servers import Servers

POSTS, USERS = 6_000, 3_000


@pytest_asyncio.fixture
async def store(servers: Servers) -> AsyncIterator[Redis]:
    """An empty store of our own."""
    async with Redis.from_url(servers.redis_urls["naive"]) as client:
        await client.flushdb()
        yield client
        await client.flushdb()


@pytest_asyncio.fixture
async def keyspace(servers: Servers, store: Redis) -> AsyncIterator[Keyspace]:
    """What looks at it."""
    await store.ping()
    async with looking_at(servers.redis_urls["naive"], seed=1) as looking:
        yield looking


async def fill(store: Redis) -> None:
    """Posts of 300 bytes that stay, users of 100 bytes with an hour to live."""
    pipeline = store.pipeline(transaction=False)
    for number in range(POSTS):
        pipeline.set(f"post:{{{number}}}", b"x" * 300)
    for number in range(USERS):
        pipeline.set(f"user:{{{number}}}:card", b"x" * 100, ex=3_600)
    await pipeline.execute()


async def test_a_sample_is_near_the_whole(store: Redis, keyspace: Keyspace) -> None:
    """Of every prefix; and it looks at a small part of the keys only."""
    await fill(store)
    exact = (await keyspace.count(3_600)).shares()
    await store.config_resetstat()
    for _ in range(5):
        sampled = await keyspace.shares()
    asked = (await store.info("commandstats"))["cmdstat_memory|usage"]["calls"]
    assert exact == pytest.approx(sampled, abs=0.06)
    assert 5 * SAMPLE_KEYS <= asked < (POSTS + USERS) / 2


async def test_every_key_is_counted_with_its_prefix_and_its_ttl(
    store: Redis, keyspace: Keyspace
) -> None:
    """More keys than one SCAN returns."""
    await fill(store)
    counted = await keyspace.count(3_600)
    assert (POSTS + USERS, POSTS) == (counted.keys, counted.without_ttl)
    assert {"post", "user"} == set(counted.by_prefix)
    assert counted.by_prefix.total() == counted.bytes
    assert 0 == counted.unread_bytes


async def test_what_nobody_has_read_for_a_while_is_told_apart(
    store: Redis, keyspace: Keyspace
) -> None:
    """Looking at a key is no reading of it: a second look finds the same, a reading does not."""
    await store.set("post:{1}", b"x" * 300)
    dump = await store.dump("post:{1}")
    assert dump is not None
    await store.restore("post:{2}", 0, dump, idletime=500)
    first, second = [await keyspace.count(400) for _ in range(2)]
    assert first.bytes / 2 == first.unread_bytes == second.unread_bytes
    await store.get("post:{2}")
    assert 0 == (await keyspace.count(400)).unread_bytes


async def test_an_empty_store_has_no_shares(keyspace: Keyspace) -> None:
    """Nothing is divided by nothing."""
    assert {} == await keyspace.shares()
    assert {} == (await keyspace.count(0)).shares() == Counted().shares()


def test_a_prefix_is_the_first_word() -> None:
    """Whatever stands behind it."""
    assert ["post", "post", "top"] == [
        prefix_of(key) for key in ("post:{42}", "post:{42}:counts", "top:{day}")
    ]


def test_bands_add_up_to_the_whole_at_every_moment() -> None:
    """The largest have one of their own, the rest are one."""
    shares = {f"p{number}": (number + 1) / 55 for number in range(10)}
    drawn = bands([(1.0, 5_500.0, shares), (2.0, 11_000.0, {"p9": 1.0})])
    assert [f"p{number}" for number in range(9, 9 - SHOWN, -1)] + [REST] == list(drawn)
    assert [5_500.0, 11_000.0] == pytest.approx(
        [sum(band[at][1] for band in drawn.values()) for at in range(2)]
    )
    assert [600.0, 0.0] == pytest.approx([size for _, size in drawn[REST]])


def test_bands_without_a_rest_have_none() -> None:
    """Two prefixes are two bands."""
    assert ["post", "user"] == list(bands([(1.0, 10.0, {"post": 0.6, "user": 0.4})]))
