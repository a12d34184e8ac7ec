"""One lab for all tests of this folder: starting it takes longer than many of them."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from loadtests.peers.lab import Lab
from service.embedded.servers import Servers
from tests.loadtests.peers.lab import opened
from tests.world import Databases


@pytest_asyncio.fixture(scope="session")
async def lab(
    databases: Databases, servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Lab]:
    """Its Valkey is its own: tests kill it."""
    async with databases.copy_of("corral_test_world") as url:
        work = tmp_path_factory.mktemp("peers")
        async with opened(url, servers.redis_urls["layered"], work) as made:
            yield made
