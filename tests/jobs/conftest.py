"""The service as `layered` has it, on stores that may be maltreated."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from service import app
from service.strategies.invalidation import AfterCommitAndOutbox
from tests.clients import serving
from tests.faults.valkey import Valkey
from tests.strategies.service import Service


@pytest.fixture
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """A server of this test's own: what it keeps on disk, no other test finds."""
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    yield server
    server.kill()


@pytest.fixture
async def service(world_database: str, valkey: Valkey) -> AsyncIterator[Service]:
    """A service with its relay."""
    async with serving("layered", world_database, valkey.url) as client:
        yield Service("layered", client, world_database)


@pytest.fixture
async def without_relay(
    world_database: str, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Service]:
    """The switch: a service that writes rows, and nobody reads them."""

    @asynccontextmanager
    async def nobody(announce: AfterCommitAndOutbox, *_: Any) -> AsyncIterator[Any]:
        yield announce

    monkeypatch.setattr(app, "relaying_own", nobody)
    async with serving("layered", world_database, valkey.url) as client:
        yield Service("layered", client, world_database)
