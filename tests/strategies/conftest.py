"""Each strategy on its own copy of the small world."""

from collections.abc import AsyncIterator

import pytest

from service.embedded.servers import Servers
from service.strategies import STRATEGIES
from tests.strategies.service import Service, on_copy
from tests.world import Databases


@pytest.fixture(scope="module", params=STRATEGIES)
async def service(
    request: pytest.FixtureRequest, databases: Databases, servers: Servers
) -> AsyncIterator[Service]:
    """Every strategy in turn, for the tests of one module."""
    async with on_copy(request.param, "corral_test_world", databases, servers) as service:
        yield service
