"""A service of its own, and a way to its database behind its back."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import pytest

from service.embedded.servers import Servers
from tests.clients import Client, serving
from tests.http.conftest import hold_to_document
from tests.world import Databases


@dataclass(frozen=True)
class Ground:
    """Where cells are played."""

    client: Client
    connection: asyncpg.Connection


@pytest.fixture(scope="module")
async def ground(databases: Databases, servers: Servers) -> AsyncIterator[Ground]:
    """One for the tests of a module; each cell makes its own people."""
    redis_url = servers.redis_urls["layered"].removesuffix("/0") + "/2"
    async with (
        databases.copy_of("corral_test_world") as url,
        serving("layered", url, redis_url) as client,
    ):
        hold_to_document(client)
        connection = await asyncpg.connect(url)
        try:
            yield Ground(client, connection)
        finally:
            await connection.close()
