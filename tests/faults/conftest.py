"""A fleet of processes, a Valkey that may be maltreated, and a database with a gate."""

import secrets
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
from redis.asyncio import Redis

from service.embedded.servers import Servers
from tests.faults.fleet import Crew
from tests.faults.items import SCHEMA, Gate
from tests.faults.proxy import Proxy
from tests.faults.rig import Setup
from tests.faults.valkey import Valkey

DATABASE = "corral_test_faults"


@pytest.fixture(scope="session")
async def items_url(servers: Servers) -> str:
    """A database with the items."""
    connection = await asyncpg.connect(servers.database_url)
    await connection.execute(f"drop database if exists {DATABASE} with (force)")
    await connection.execute(f"create database {DATABASE} template template0")
    await connection.close()
    url = servers.database(DATABASE)
    connection = await asyncpg.connect(url)
    await connection.execute(SCHEMA)
    await connection.close()
    return url


@pytest.fixture(scope="session")
async def gate(items_url: str) -> AsyncIterator[Gate]:
    """Holds loads, counts them, and knows what is in the database."""
    connection = await asyncpg.connect(items_url)
    yield Gate(connection)
    await connection.close()


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """A server of our own."""
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    yield server
    server.kill()


@pytest.fixture
def proxy(valkey: Valkey) -> Iterator[Proxy]:
    """A way to that server with faults of its own."""
    with Proxy(valkey.port) as started:
        yield started


@pytest.fixture(scope="session")
async def crew(items_url: str, valkey: Valkey) -> AsyncIterator[Crew]:
    """Processes, started as they are needed; they end before their servers do."""
    workers = Crew()
    yield workers
    await workers.end()


@pytest.fixture
def setup(items_url: str, valkey: Valkey) -> Setup:
    """A stack as `layered` has it, in a space of this test's own, on the server itself."""
    space = f"faults-{secrets.token_hex(4)}"
    return Setup(space, items_url, valkey.url, valkey.url)


@pytest.fixture
async def redis(valkey: Valkey) -> AsyncIterator[Redis]:
    """The test's own client."""
    async with Redis.from_url(valkey.url) as client:
        yield client
