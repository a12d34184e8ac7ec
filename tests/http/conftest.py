"""Services in this process. Whatever they answer has to be as their OpenAPI document says."""

from collections.abc import AsyncIterator

import httpx
import pytest

from service.embedded.servers import Servers
from tests.clients import Client, serving
from tests.http.document import Document
from tests.world import Databases


@pytest.fixture(scope="session")
async def reader(databases: Databases, servers: Servers) -> AsyncIterator[Client]:
    """One service for all requests that change nothing; its keys are apart from the others'."""
    redis_url = servers.redis_urls["layered"].removesuffix("/0") + "/1"
    async with (
        databases.copy_of("corral_test_world") as url,
        serving("layered", url, redis_url) as client,
    ):
        hold_to_document(client)
        yield client


@pytest.fixture(scope="module")
async def client(databases: Databases, servers: Servers) -> AsyncIterator[Client]:
    """A service for the tests of one module, which write."""
    async with (
        databases.copy_of("corral_test_world") as url,
        serving("layered", url, servers.redis_urls["layered"]) as client,
    ):
        hold_to_document(client)
        yield client


def hold_to_document(client: Client) -> None:
    """Let every answer that is not as documented fail the test that asked for it."""
    document = Document(client.app.openapi())

    async def check(answer: httpx.Response) -> None:
        await answer.aread()
        assert document.faults_of(answer) == []

    client.http.event_hooks["response"].append(check)
