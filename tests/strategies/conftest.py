"""Each strategy on its own copy of the small world."""

from collections.abc import AsyncIterator

import pytest

from service.embedded.servers import Servers
from service.strategies import STRATEGIES
from tests.clients import Client, serving
from tests.strategies.service import Service, on_copy
from tests.world import Databases


@pytest.fixture(scope="module", params=STRATEGIES)
async def service(
    request: pytest.FixtureRequest, databases: Databases, servers: Servers
) -> AsyncIterator[Service]:
    """Every strategy in turn, for the tests of one module."""
    async with on_copy(request.param, "corral_test_world", databases, servers) as service:
        yield service


@pytest.fixture(params=STRATEGIES)
async def untouched(
    request: pytest.FixtureRequest, databases: Databases, servers: Servers
) -> AsyncIterator[Service]:
    """Every strategy in turn, each test on a copy of its own."""
    async with on_copy(request.param, "corral_test_world", databases, servers) as service:
        yield service


@pytest.fixture
async def layered(databases: Databases, servers: Servers) -> AsyncIterator[Service]:
    """The one that protects, with nothing cached, each test on a copy of its own."""
    async with on_copy("layered", "corral_test_world", databases, servers) as service:
        yield service


@pytest.fixture(params=["here", "elsewhere"])
async def writer(request: pytest.FixtureRequest, service: Service) -> AsyncIterator[Client]:
    """Who takes the writes: the service that is read, or another process on the same stores."""
    if request.param == "here":
        yield service.client
        return
    async with serving(service.name, service.database_url, service.client.redis_url) as client:
        yield client
