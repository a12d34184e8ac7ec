"""Stores that somebody else runs are used only when they are empty, and never flushed."""

import asyncio

import pytest
from redis.asyncio import Redis

from service.demo.given_stores import GivenStores, given_stores
from service.embedded.servers import Servers

STRATEGIES = ("naive", "article", "layered")


def test_no_url_means_embedded_servers() -> None:
    """With neither variable set, nothing is given."""
    assert given_stores({"DATABASE_URL": "", "PATH": "/bin"}) is None


@pytest.mark.parametrize(
    ("environment", "missing"),
    [
        ({"DATABASE_URL": "postgresql://host/db"}, "REDIS_URL"),
        ({"REDIS_URL": "redis://host"}, "DATABASE_URL"),
    ],
)
def test_one_url_alone_is_an_error(environment: dict[str, str], missing: str) -> None:
    """The error names the other variable."""
    with pytest.raises(ValueError, match=f"set {missing} as well"):
        given_stores(environment)


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({"DATABASE_URL": "me:hush@host/db", "REDIS_URL": "redis://host"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://host/db", "REDIS_URL": "host:hush"}, "REDIS_URL"),
    ],
)
def test_a_url_that_is_none_is_an_error(environment: dict[str, str], name: str) -> None:
    """Before anything is started; the error names the variable, and not its value."""
    with pytest.raises(ValueError, match=f"^{name} is wrong: must begin with") as error:
        given_stores(environment)
    assert "hush" not in str(error.value)


def test_each_strategy_gets_a_numbered_database() -> None:
    """From the number in REDIS_URL on; credentials and options stay."""
    given = GivenStores("postgresql://host/db", "redis://me:secret@host:1/4?protocol=2")
    assert given.redis_urls(STRATEGIES) == {
        "naive": "redis://me:secret@host:1/4?protocol=2",
        "article": "redis://me:secret@host:1/5?protocol=2",
        "layered": "redis://me:secret@host:1/6?protocol=2",
    }


def test_a_redis_url_without_number_begins_at_zero() -> None:
    """As redis-py reads it."""
    urls = GivenStores("postgresql://host/db", "redis://host").redis_urls(STRATEGIES)
    assert urls["naive"] == "redis://host/0"


def test_a_redis_path_that_is_no_number_is_an_error() -> None:
    """It would silently be database 0."""
    with pytest.raises(ValueError, match="database number"):
        GivenStores("postgresql://host/db", "redis://host/cache").redis_urls(STRATEGIES)


async def test_a_database_with_tables_is_refused(servers: Servers, empty_database: str) -> None:
    """Migrated counts as not empty: it is somebody's."""
    given = GivenStores(empty_database, f"{_base(servers)}/11")
    with pytest.raises(ValueError, match="DATABASE_URL is not empty"):
        await _refuse(given)


async def test_empty_stores_are_accepted_and_used_ones_refused_unflushed(
    servers: Servers, blank_database: str
) -> None:
    """One key in the last of the numbered databases is enough, and it is still there."""
    given = GivenStores(blank_database, f"{_base(servers)}/11")
    await _refuse(given)
    async with Redis.from_url(f"{_base(servers)}/13") as redis:
        await redis.set("somebody's", "value")
        with pytest.raises(ValueError, match="/13 is not empty"):
            await _refuse(given)
        assert await redis.get("somebody's") == b"value"
        await redis.delete("somebody's")


async def _refuse(given: GivenStores) -> None:
    await asyncio.to_thread(given.refuse_unless_empty, given.redis_urls(STRATEGIES))


def _base(servers: Servers) -> str:
    return servers.redis_urls["naive"].removesuffix("/0")
