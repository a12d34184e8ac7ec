"""Connections without a lock: bounded, in order, and never one that is spoilt."""

import asyncio
from typing import Any

import pytest
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.maint_notifications import MaintNotificationsConfig

from service.embedded.servers import Servers
from service.strategies.quick_pool import QuickPool
from tests.waiting import until


def made(url: str, **options: Any) -> QuickPool:
    """Of one connection, as a prompt pool has it: one that is readable is spoilt."""
    no_notes = MaintNotificationsConfig(enabled=False)
    return QuickPool.from_url(
        url, max_connections=1, maint_notifications_config=no_notes, **options
    )


@pytest.fixture
def url(servers: Servers) -> str:
    """A Valkey."""
    return servers.redis_urls["layered"]


async def test_one_connection_serves_one_after_the_other(url: str) -> None:
    """It is handed on, and not made anew."""
    async with Redis.from_pool(QuickPool.from_url(url, max_connections=2)) as redis:
        first = await redis.client_id()
        assert {await redis.client_id() for _ in range(5)} == {first}


async def test_no_more_are_made_than_it_may_have(url: str) -> None:
    """A hundred at once share two."""
    async with Redis.from_pool(QuickPool.from_url(url, max_connections=2)) as redis:
        found = await asyncio.gather(*(redis.client_id() for _ in range(100)))
        assert len(set(found)) == 2


async def test_nobody_takes_the_short_way_past_whoever_waits(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once they are served it is open again."""
    pool, long_ways = made(url), 0
    ask = BlockingConnectionPool.get_connection

    async def counted(pool: QuickPool) -> AbstractConnection:
        nonlocal long_ways
        long_ways += 1
        connection: AbstractConnection = await ask(pool)  # type: ignore[no-untyped-call]
        return connection

    monkeypatch.setattr(BlockingConnectionPool, "get_connection", counted)

    async def serve() -> None:
        await pool.release(await pool.get_connection())

    held = await pool.get_connection()  # made, and so not taken from what lies there
    waiting = [asyncio.create_task(serve()) for _ in range(3)]
    await asyncio.sleep(0)
    await pool.release(held)
    await serve()
    await asyncio.gather(*waiting)
    assert long_ways == 1 + 3 + 1
    await serve()
    assert long_ways == 1 + 3 + 1
    await pool.aclose()


async def test_who_waits_too_long_is_told_so(url: str) -> None:
    """As redis-py has it."""
    pool = made(url, timeout=0.01)
    held = await pool.get_connection()
    with pytest.raises(RedisConnectionError, match="No connection available"):
        await pool.get_connection()
    await pool.release(held)
    await pool.release(await pool.get_connection())
    await pool.aclose()


async def test_who_goes_away_while_waiting_is_not_waited_for(url: str) -> None:
    """The short way is open again."""
    pool = made(url)
    held = await pool.get_connection()
    waiting = asyncio.create_task(pool.get_connection())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await pool.release(held)
    assert await pool.get_connection() is held
    await pool.release(held)
    await pool.aclose()


async def test_a_connection_that_was_closed_is_made_anew(url: str) -> None:
    """The server hung up while it lay there."""
    pool = made(url)
    async with Redis.from_pool(pool) as redis, Redis.from_url(url) as other:
        first = await redis.client_id()
        lying = await pool.get_connection()
        await pool.release(lying)
        await other.client_kill_filter(_id=str(first))
        await until(lying.can_read)
        assert await redis.client_id() != first


async def test_a_connection_with_an_answer_left_in_it_is_made_anew(url: str) -> None:
    """Nobody gets what another asked for."""
    pool = made(url)
    connection = await pool.get_connection()
    await connection.send_command("ECHO", "another's")
    await connection.read_response()
    await connection.send_command("ECHO", "left")
    await until(connection.can_read)
    await pool.release(connection)
    async with Redis.from_pool(pool) as redis:
        assert await redis.echo("mine") == b"mine"
