"""Real servers, started once a run from the wheels, and a service on them in this process."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from service.embedded.servers import Servers, running
from service.queries.migrate import migrate
from tests.world import ROWS, Databases

VALKEYS = ("no_cache", "naive", "article", "layered")


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """One PostgreSQL, and a Valkey per strategy; a home has one run at a time."""
    home = Path(os.environ.get("CORRAL_TEST_HOME", ".corral/test"))
    with running(home, valkeys=VALKEYS) as started:
        yield started


@pytest.fixture(scope="session")
async def databases(servers: Servers) -> AsyncIterator[Databases]:
    """Makes databases: empty ones, and ones with a small world in them."""
    connection = await asyncpg.connect(servers.database_url)
    made = Databases(connection, servers)
    empty = await made.new("corral_test_empty", "template0")
    await asyncio.to_thread(migrate, empty)
    world = await made.new("corral_test_world", "corral_test_empty")
    filling = await asyncpg.connect(world)
    await filling.execute(ROWS)
    await filling.close()
    yield made
    await connection.close()


@pytest.fixture
async def empty_database(databases: Databases) -> AsyncIterator[str]:
    """URL of a migrated database without rows."""
    async with databases.copy_of("corral_test_empty") as url:
        yield url


@pytest.fixture
async def blank_database(databases: Databases) -> AsyncIterator[str]:
    """URL of a database without any table."""
    async with databases.copy_of("template0") as url:
        yield url


@pytest.fixture
async def world_database(databases: Databases) -> AsyncIterator[str]:
    """URL of a database with a small world: see `tests/world.py`."""
    async with databases.copy_of("corral_test_world") as url:
        yield url
