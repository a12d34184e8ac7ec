"""An empty server for each test: Valkey, or both where a test asks for `any_url`."""

from collections.abc import Iterator

import pytest
from redis import Redis

from tests.audit.servers import REDIS, started, valkey
from tests.cluster.formation import free_ports


@pytest.fixture(scope="session")
def valkey_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Valkey that lives as long as the run."""
    with started(valkey(), tmp_path_factory.mktemp("audit-valkey")) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis 7.0 that lives as long as the run."""
    if REDIS is None:
        pytest.skip("no redis-server here")
    with started(REDIS, tmp_path_factory.mktemp("audit-redis")) as url:
        yield url


@pytest.fixture
def server(valkey_url: str) -> Iterator[Redis]:
    """A client of an empty Valkey."""
    with Redis.from_url(valkey_url) as client:
        empty(client)
        yield client


@pytest.fixture(params=["valkey", "redis"])
def either(request: pytest.FixtureRequest) -> Iterator[tuple[str, Redis]]:
    """Address and client of an empty server, of each product in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    with Redis.from_url(url) as client:
        empty(client)
        yield url, client


def empty(client: Redis) -> None:
    """As it was when it began."""
    client.execute_command("FLUSHALL", "SYNC")  # type: ignore[no-untyped-call] # by default it is freed later, in a thread
    client.config_resetstat()
    client.config_set("maxmemory", 0)
    client.config_set("maxmemory-policy", "noeviction")
    assert client.dbsize() == 0


@pytest.fixture
def unused_port() -> int:
    """A port where nothing listens."""
    [port] = free_ports(1)
    return port
