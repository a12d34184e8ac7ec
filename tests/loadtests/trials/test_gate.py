"""Each state of a gate is what it says, ends when it is opened, and costs little."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Lost
from redis.exceptions import TimeoutError as Late

from loadtests.errors import LoadTestError
from loadtests.trials.gate import Gate, gated
from service.embedded.servers import Servers
from tests.waiting import until

KEY = "gated"
DELAY_S = 0.2


@pytest_asyncio.fixture(scope="module")
async def gate(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gate]:
    """An open gate before a real server."""
    logs = tmp_path_factory.mktemp("gate")
    async with gated(servers.redis_urls["naive"], env=os.environ, logs=logs) as made:
        yield made


@pytest_asyncio.fixture
async def through(gate: Gate) -> AsyncIterator[Redis]:
    """A client that comes through the gate and tries once."""
    await gate.open()
    async with Redis.from_url(gate.url, socket_timeout=0.3, retry=Retry(NoBackoff(), 0)) as client:
        yield client
    await gate.open()


@pytest_asyncio.fixture
async def direct(servers: Servers) -> AsyncIterator[Redis]:
    """A client that does not come through it."""
    async with Redis.from_url(servers.redis_urls["naive"]) as client:
        await client.delete(KEY)
        yield client
        await client.delete(KEY)


async def took_s(client: Redis) -> float:
    """How long one command takes."""
    started_s = time.monotonic()
    await client.ping()
    return time.monotonic() - started_s


async def test_large_values_and_many_connections_pass_unchanged(gate: Gate, direct: Redis) -> None:
    """Both ways, also more than what sockets buffer."""
    value = os.urandom(3_000_000)
    async with Redis.from_url(gate.url) as through:
        await through.set(KEY, value)
        assert value == await direct.get(KEY)
        assert [value] * 8 == await asyncio.gather(*(through.get(KEY) for _ in range(8)))


async def test_shut_is_down_for_old_connections_and_new_ones(gate: Gate, through: Redis) -> None:
    """Reset and refused; and it is the gate that is, for the server itself answers."""
    await through.ping()
    await gate.shut()
    with pytest.raises(Lost):
        await through.ping()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", urlsplit(gate.url).port)


async def test_the_server_behind_a_shut_gate_is_measured_directly(
    gate: Gate, direct: Redis
) -> None:
    """The runner does not come through it."""
    await gate.shut()
    assert await direct.ping()
    await gate.open()


async def test_hung_accepts_and_answers_nothing(gate: Gate, through: Redis, direct: Redis) -> None:
    """Neither a connection that stood nor a new one; no command reaches the server."""
    await through.ping()
    await gate.hang()
    with pytest.raises(Late):
        await through.set(KEY, 1)
    _, writer = await asyncio.open_connection("127.0.0.1", urlsplit(gate.url).port)
    writer.close()
    assert not await direct.exists(KEY)


async def test_what_was_sent_to_a_hung_gate_arrives_when_it_opens(gate: Gate) -> None:
    """As with a server that stood still; without the opening the same command is late."""
    async with Redis.from_url(gate.url, socket_timeout=5) as patient:

        async def ping() -> bool:
            return bool(await patient.ping())

        await ping()
        await gate.hang()
        waiting = asyncio.create_task(ping())
        done, _ = await asyncio.wait({waiting}, timeout=0.1)
        assert not done
        await gate.open()
        assert await waiting


async def test_slow_holds_every_answer_and_no_longer(gate: Gate, through: Redis) -> None:
    """By the delay, once a command, with many on their way at the same time."""
    await through.ping()
    assert await took_s(through) < DELAY_S
    await gate.slow(DELAY_S)
    assert await took_s(through) >= DELAY_S
    started_s = time.monotonic()
    await asyncio.gather(*(through.ping() for _ in range(20)))
    assert time.monotonic() - started_s < 20 * DELAY_S
    await gate.open()
    assert await took_s(through) < DELAY_S


async def test_slow_answers_keep_their_order(gate: Gate, direct: Redis) -> None:
    """One connection, the second command sent when the delay has been lifted."""

    async def first_is_done() -> bool:
        return await direct.get(KEY) == b"1"

    async with Redis.from_url(gate.url, single_connection_client=True) as client:
        connection = client.connection
        assert connection is not None
        await gate.slow(DELAY_S)
        await connection.send_command("INCR", KEY)
        await until(first_is_done)
        await gate.open()
        await connection.send_command("INCR", KEY)
        assert [1, 2] == [await connection.read_response() for _ in range(2)]


@pytest.mark.parametrize("fault", ["shut", "hang"])
async def test_open_ends_every_fault(gate: Gate, through: Redis, fault: str) -> None:
    """On the same port, for the same client."""
    await through.ping()
    await getattr(gate, fault)()
    with pytest.raises((Lost, Late)):
        await through.ping()
    await gate.open()
    assert await through.ping()


async def test_it_tells_what_it_costs(gate: Gate, through: Redis) -> None:
    """CPU time of its own process, which grows with what passes."""
    before_s = await gate.cpu_s()
    for _ in range(300):
        await through.ping()
    assert 0 < (await gate.cpu_s() - before_s) / 300 < 0.002


async def test_user_password_and_database_of_the_address_stay(tmp_path: Path) -> None:
    """Only the place is another."""
    url = "redis://me:secret@localhost:9/3"
    async with gated(url, env=os.environ, logs=tmp_path) as gate:
        parts = urlsplit(gate.url)
        assert ("me", "secret", "127.0.0.1", "/3") == (
            parts.username,
            parts.password,
            parts.hostname,
            parts.path,
        )


@pytest.mark.parametrize("url", ["rediss://localhost:6379/0", "unix:///tmp/redis.sock"])
async def test_what_a_gate_cannot_forward_is_refused(tmp_path: Path, url: str) -> None:
    """TLS would be offered to the wrong name; a socket file has no port."""
    with pytest.raises(LoadTestError, match="without TLS"):
        async with gated(url, env=os.environ, logs=tmp_path):
            pass


async def test_a_gate_that_is_gone_says_so(tmp_path: Path) -> None:
    """And does not wait for ever."""
    async with gated("redis://127.0.0.1:9/0", env=os.environ, logs=tmp_path) as gate:
        os.kill(gate.pid, 9)
        with pytest.raises(LoadTestError, match="is gone"):
            await opened_until_it_fails(gate)


async def opened_until_it_fails(gate: Gate) -> None:
    """What was killed may be there for another moment."""
    while True:
        await gate.open()
