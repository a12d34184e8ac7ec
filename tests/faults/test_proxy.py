"""The proxy's faults are what they say, and end."""

import asyncio
import time

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Lost
from redis.exceptions import TimeoutError as Late

from tests.faults.proxy import Proxy, Way


def client(proxy: Proxy) -> Redis:
    """A client that does not try again."""
    return Redis(port=proxy.port, socket_timeout=0.2, retry=Retry(NoBackoff(), 0))


async def test_forwards_both_ways(proxy: Proxy) -> None:
    """Small and large, on several connections."""
    async with client(proxy) as one, client(proxy) as two:
        await one.set("proxied", "x" * 1_000_000)
        assert 1_000_000 == await two.strlen("proxied")


async def test_a_cut_resets_every_connection(proxy: Proxy) -> None:
    """The next command fails at once; the one after it goes through a new connection."""
    async with client(proxy) as redis:
        await redis.ping()
        proxy.cut()
        with pytest.raises(Lost):
            await redis.ping()
        assert await redis.ping()
        assert 2 == proxy.accepted


async def test_refuses_and_is_back(proxy: Proxy) -> None:
    """Nothing listens on the port, and after it the same port serves again."""
    async with client(proxy) as redis:
        await redis.ping()
        proxy.refuse()
        with pytest.raises(Lost):
            await redis.ping()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", proxy.port)
        proxy.heal()
        assert await redis.ping()


@pytest.mark.parametrize("ways", [[], ["up"], ["down"]])
async def test_hangs_in_the_ways_named(proxy: Proxy, ways: list[Way]) -> None:
    """No answer comes; a command has reached the server only where the way up was open."""
    async with client(proxy) as redis, Redis(port=proxy._server_port) as direct:
        await direct.delete("proxied")
        await redis.ping()
        proxy.hang(*ways)
        with pytest.raises(Late):
            await redis.set("proxied", 1)
        assert (ways == ["down"]) == bool(await direct.exists("proxied"))
        proxy.heal()
        assert await redis.ping()


async def test_slows_down(proxy: Proxy) -> None:
    """A command takes a delay up and a delay down."""
    async with client(proxy) as redis:
        await redis.ping()
        proxy.slow(0.02, 0.03)
        started_s = time.monotonic()
        await redis.ping()
        assert time.monotonic() - started_s >= 0.04
