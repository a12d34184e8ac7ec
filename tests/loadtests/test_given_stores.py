"""Stores that somebody else runs: used only when empty, never flushed, and left as they were."""

import pytest
from redis.asyncio import Redis

from loadtests.errors import LoadTestError
from loadtests.given_stores import GivenStores, given_stores
from loadtests.stores import connected
from service.embedded.servers import Servers

SLUGS = ("no_cache", "naive", "layered")


def test_no_url_means_embedded_servers() -> None:
    """With neither variable set, nothing is given."""
    assert given_stores({"DATABASE_URL": "", "PATH": "/bin"}) is None


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"DATABASE_URL": "postgresql://host/db"}, "Set REDIS_URL as well"),
        ({"REDIS_URL": "redis://host"}, "Set DATABASE_URL as well"),
        ({"DATABASE_URL": "hush@h/db", "REDIS_URL": "redis://host"}, "DATABASE_URL is wrong"),
        ({"DATABASE_URL": "postgresql://h/db", "REDIS_URL": "hush:1"}, "REDIS_URL is wrong"),
    ],
)
def test_half_of_the_stores_or_a_wrong_one_is_refused(env: dict[str, str], said: str) -> None:
    """By the name of the variable, and without its value."""
    with pytest.raises(LoadTestError, match=said) as error:
        given_stores(env)
    assert "hush" not in str(error.value)


def test_each_subject_gets_a_numbered_database() -> None:
    """From the number in REDIS_URL on; credentials and options stay."""
    given = GivenStores("postgresql://host/db", "redis://me:secret@host:1/4?protocol=2")
    assert list(given.redis_urls(SLUGS).values()) == [
        f"redis://me:secret@host:1/{number}?protocol=2" for number in (4, 5, 6)
    ]


async def test_more_subjects_than_numbered_databases_is_explained(servers: Servers) -> None:
    """A server has sixteen, unless it was told otherwise."""
    given = GivenStores("postgresql://host/db", f"{_base(servers)}/14")
    with pytest.raises(LoadTestError, match=r"/16, the store of layered: .*3 are needed"):
        await given.empty_stores(given.redis_urls(SLUGS))


async def test_a_database_with_tables_is_refused(servers: Servers, empty_database: str) -> None:
    """Migrated counts as not empty: it is somebody's."""
    given = GivenStores(empty_database, f"{_base(servers)}/11")
    with pytest.raises(LoadTestError, match="DATABASE_URL is not empty"):
        await _refuse(given)


async def test_a_store_with_one_key_is_refused_and_keeps_it(
    servers: Servers, blank_database: str
) -> None:
    """In the last of the numbered databases."""
    given = GivenStores(blank_database, f"{_base(servers)}/11")
    await _refuse(given)
    async with Redis.from_url(f"{_base(servers)}/13") as redis:
        await redis.set("somebody's", "value")
        with pytest.raises(LoadTestError, match="/13 is not empty"):
            await _refuse(given)
        assert await redis.get("somebody's") == b"value"
        await redis.delete("somebody's")


async def test_what_a_trial_left_is_removed_from_its_own_numbered_database(
    servers: Servers,
) -> None:
    """Key by key: a flush would be somebody else's to make."""
    async with (
        Redis.from_url(f"{_base(servers)}/12") as neighbour,
        connected(f"{_base(servers)}/11") as ours,
    ):
        await neighbour.set("somebody's", "value")
        for number in range(2_500):
            await ours._redis.set(f"post:{number}", "x")
        await ours.remove_every_key()
        assert await ours.is_empty()
        assert await neighbour.get("somebody's") == b"value"
        await neighbour.delete("somebody's")


async def _refuse(given: GivenStores) -> None:
    redis_urls = given.redis_urls(SLUGS)
    await given.refuse_unless_empty(redis_urls, await given.empty_stores(redis_urls))


def _base(servers: Servers) -> str:
    return servers.redis_urls["naive"].removesuffix("/0")
