"""The prompt connection: in time or not at all, and the breaker hears of what is the server's."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import DataError, ResponseError, WatchError
from redis.exceptions import TimeoutError as RedisTimeoutError

from service.patterns.fail_open import Breaker, PromptConnection, prompt_pool

from .contract import Clock, Events, spin, until
from .puppet import Puppet, puppet


@contextlib.asynccontextmanager
async def client(url: str, breaker: Breaker, **settings: Any) -> AsyncIterator[Redis]:
    """Connect through the breaker."""
    async with Redis.from_pool(prompt_pool(url, breaker=breaker, **settings)) as redis:
        yield redis


class Unhurried(Breaker):
    """Gives a doubtful server its full time: these tests run on busy machines."""

    def limit_s(self, at_most_s: float) -> float:
        """Return all of it."""
        return at_most_s


async def fail(redis: Redis, times: int) -> None:
    """Ask, and hear that there is no answer."""
    for _ in range(times):
        with pytest.raises((RedisConnectionError, RedisTimeoutError)):
            await redis.get("nothing")


async def get(redis: Redis) -> object:
    """Ask once; as a coroutine, for a task."""
    return await redis.get("k")


async def commands(server: Puppet, count: int) -> None:
    """Wait until the server has heard that many commands."""

    async def heard() -> bool:
        return server.commands >= count

    await until(heard)


async def test_a_refused_port_opens_the_breaker(unused_port: int) -> None:
    """Five refusals; the sixth caller is not made to find out."""
    breaker = Breaker(failures=5)
    async with client(f"redis://127.0.0.1:{unused_port}", breaker) as redis:
        await fail(redis, 5)
        assert breaker.state == "open"
        with pytest.raises(RedisConnectionError, match="breaker is open"):
            await redis.get("nothing")


async def test_a_hung_server_opens_the_breaker() -> None:
    """It accepts and never answers: each wait is bounded, each link closed, and then none made."""
    breaker = Breaker(failures=5, clock=Clock())
    with puppet() as server:
        server.gate.clear()
        async with client(server.url, breaker) as redis:
            await fail(redis, 5)
            assert breaker.state == "open"
            await fail(redis, 100)

            async def five_links() -> bool:
                return server.links == 5

            await until(five_links)
            server.gate.set()  # so that it looks at its links again
            assert await asyncio.to_thread(server.closed.wait, 5)


async def test_control_redis_py_alone_waits_for_the_hung_server_each_time() -> None:
    """The switch: an ordinary pool asks the dead server a hundred times out of a hundred."""
    with puppet() as server:
        server.gate.clear()
        pool = BlockingConnectionPool.from_url(
            server.url, socket_timeout=0.001, socket_connect_timeout=0.1
        )
        async with Redis.from_pool(pool) as redis:
            await fail(redis, 100)

        async def asked_a_hundred_times() -> bool:
            return server.links == 100

        await until(asked_a_hundred_times)


async def test_half_a_handshake_is_no_connection() -> None:
    """An answer that redis-py trips over: the link is closed, not handed to the next caller."""
    breaker = Breaker(failures=2)
    with puppet() as server:
        url = server.url.replace("redis://", "redis://me:secret@").replace("=2", "=3")
        async with client(url, breaker, connect_s=5) as redis:
            with pytest.raises(AttributeError):  # it takes HELLO's answer for a map
                await redis.get("k")
            assert await asyncio.to_thread(server.closed.wait, 5)


def doubt(breaker: Breaker) -> None:
    """Let one call have failed."""
    permit = breaker.enter()
    assert permit is not None
    breaker.leave(permit, "failed")


async def test_in_doubt_nobody_waits_for_the_full_limit() -> None:
    """One call has failed: the next is not given its 60 s to find out what that one did."""
    breaker = Breaker(failures=2)
    with puppet() as server:
        server.gate.clear()
        async with client(server.url, breaker, command_s=60) as redis, asyncio.timeout(10):
            doubt(breaker)
            await fail(redis, 1)
    assert breaker.state == "open"


async def test_in_doubt_connecting_is_hurried_too() -> None:
    """The same for the handshake, which is where a new link to a hung server stops."""
    breaker = Breaker(failures=2)
    with puppet() as server:
        server.gate.clear()
        url = server.url.replace("protocol=2", "protocol=3")
        async with client(url, breaker, connect_s=60) as redis, asyncio.timeout(10):
            doubt(breaker)
            await fail(redis, 1)
    assert breaker.state == "open"


async def test_control_without_doubt_the_next_caller_waits_as_well() -> None:
    """The switch: the full limit for everybody; after 200 ms this caller is still waiting."""
    breaker = Unhurried(failures=2)
    with puppet() as server:
        server.gate.clear()
        async with client(server.url, breaker, command_s=60) as redis:
            doubt(breaker)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await redis.get("k")


async def test_a_handshake_that_hangs_is_bounded_too() -> None:
    """Connected at once, by the kernel; but nobody answers the HELLO."""
    breaker = Breaker(failures=1)
    with puppet() as server:
        server.gate.clear()
        url = server.url.replace("protocol=2", "protocol=3")
        async with client(url, breaker) as redis:
            with pytest.raises(RedisTimeoutError, match="Not connected within 100 ms"):
                await redis.get("nothing")
    assert breaker.state == "open"


@pytest.mark.parametrize("option", ["socket_timeout=60", "retry_on_timeout=true"])
async def test_no_url_can_make_it_patient(option: str) -> None:
    """What the address says of timeouts and retries does not count here."""
    breaker = Breaker(failures=2)
    with puppet() as server:
        server.gate.clear()
        async with client(f"{server.url}&{option}", breaker) as redis:
            with pytest.raises(RedisTimeoutError, match="did not answer in time"):
                await redis.get("nothing")
        assert server.commands == 1


async def test_a_slow_server_opens_the_breaker(events: Events) -> None:
    """Every answer comes, and each is late."""
    breaker = Breaker(slow_s=0.005, window=6, observe=events)
    with puppet(delay_s=0.02) as server:
        async with client(server.url, breaker, command_s=5) as redis:
            async with asyncio.timeout(10):
                while breaker.state == "closed":
                    assert await redis.get("k") == b"one"
    assert breaker.state == "open"
    assert events.seen[0][1]["because"] == "slowness"


async def test_an_answer_within_the_limit_is_not_slow() -> None:
    """The same server, and a limit that it keeps: closed."""
    breaker = Breaker(slow_s=2.0, window=6)
    with puppet(delay_s=0.02) as server:
        async with client(server.url, breaker, command_s=5) as redis:
            for _ in range(10):
                assert await redis.get("k") == b"one"
    assert breaker.state == "closed"


async def test_one_probe_among_fifty_callers() -> None:
    """The pause is over: one command is sent, 49 callers are refused while it is under way."""
    clock = Clock()
    breaker = Unhurried(failures=1, clock=clock, rand=lambda: 0.0)
    with puppet() as server:
        server.gate.clear()
        async with client(server.url, breaker, command_s=0.25, max_connections=64) as redis:
            await fail(redis, 1)
            clock.now_s += 1.0
            links, sent = server.links, server.commands
            answers = await asyncio.gather(
                *(redis.get("k") for _ in range(50)), return_exceptions=True
            )
            assert all(isinstance(answer, Exception) for answer in answers)
            assert (server.links, server.commands) == (links + 1, sent + 1)
            server.gate.set()
            clock.now_s += 5.0
            assert b"one" in await asyncio.gather(
                *(redis.get("k") for _ in range(50)), return_exceptions=True
            )
            assert breaker.state == "closed"
            assert await redis.get("k") == b"one"


async def test_a_cancelled_probe_lets_the_next_caller_try() -> None:
    """The probe's caller hangs up; the breaker is not left waiting for it."""
    clock = Clock()
    breaker = Unhurried(failures=1, clock=clock, rand=lambda: 0.0)
    with puppet() as server:
        server.gate.clear()
        async with client(server.url, breaker, command_s=5) as redis:
            doubt(breaker)
            clock.now_s += 1.0
            probe = asyncio.create_task(get(redis))
            await commands(server, 1)
            assert breaker.state == "half_open"
            probe.cancel()
            await asyncio.wait([probe])
            assert probe.cancelled()
            server.gate.set()
            assert await redis.get("k") == b"one"
            assert breaker.state == "closed"


async def test_a_cancelled_caller_is_no_failure() -> None:
    """Clients hang up all the time; that says nothing about the server."""
    breaker = Breaker(failures=1)
    with puppet() as server:
        server.gate.clear()
        async with client(server.url, breaker, command_s=5) as redis:
            caller = asyncio.create_task(get(redis))
            await commands(server, 1)
            caller.cancel()
            await asyncio.wait([caller])
    assert caller.cancelled()
    assert breaker.state == "closed"


async def test_waiting_for_the_pool_is_no_failure() -> None:
    """One connection, held by a slow command: who finds none in time has met our own load."""
    breaker = Breaker(failures=1)
    with puppet() as server:
        server.gate.clear()
        async with client(
            server.url, breaker, max_connections=1, wait_s=0.001, command_s=5
        ) as redis:
            busy = asyncio.create_task(get(redis))
            await commands(server, 1)
            with pytest.raises(RedisConnectionError, match="No connection available"):
                await redis.get("k")
            server.gate.set()
            assert await busy == b"one"
    assert breaker.state == "closed"


async def test_control_who_counts_at_the_client_blames_the_server() -> None:
    """The switch: every error of a call counted, also those that never left this process."""
    breaker = Breaker(failures=1)
    pool = BlockingConnectionPool(max_connections=1, timeout=0.001)
    async with Redis.from_pool(pool) as redis:
        pool._in_use_connections.add(PromptConnection(breaker=breaker))  # the only one, taken
        try:
            await redis.get("k")
        except RedisConnectionError:
            doubt(breaker)
        pool._in_use_connections.clear()
    assert breaker.state == "open"


async def test_an_error_reply_is_an_answer(redis_url: str, key: str) -> None:
    """Out of memory, read-only, a wrong type: the server is there, and says so at once."""
    breaker = Breaker(failures=1, slow_s=5)
    async with client(redis_url, breaker, command_s=5) as redis:
        await redis.set(key, "text", px=60_000)
        for _ in range(5):
            with pytest.raises(ResponseError):
                await redis.lpush(key, "item")
    assert breaker.state == "closed"


async def test_a_server_that_loads_its_data_counts_as_down() -> None:
    """LOADING is an answer too, but one that may be the only one for minutes."""
    breaker = Breaker(failures=2)
    with puppet() as server:
        server.answer = b"-LOADING Redis is loading the dataset in memory\r\n"
        async with client(server.url, breaker) as redis:
            await fail(redis, 2)
    assert breaker.state == "open"


async def test_what_cannot_be_sent_leaves_no_trace(redis_url: str, key: str) -> None:
    """A wrong argument, in half-open: the probe was not spent on it."""
    clock = Clock()
    breaker = Unhurried(failures=1, clock=clock, rand=lambda: 0.0)
    async with client(redis_url, breaker, command_s=5, connect_s=5) as redis:
        doubt(breaker)
        clock.now_s += 1.0
        with pytest.raises(DataError):
            await redis.set(key, object())  # type: ignore[arg-type]
        assert await redis.get(key) is None
    assert breaker.state == "closed"


async def test_pipelines_and_transactions_work(redis_url: str, key: str) -> None:
    """Many replies to one send; and the watched kind, several sends on one connection."""
    breaker = Breaker(failures=1, slow_s=5)
    async with client(redis_url, breaker, command_s=5) as redis:
        async with redis.pipeline(transaction=False) as pipe:
            for i in range(100):
                pipe.set(f"{key}:{i}", i, px=60_000)
            assert await pipe.execute() == [True] * 100
        async with redis.pipeline() as pipe:
            await pipe.watch(f"{key}:7")
            seven = await pipe.get(f"{key}:7")
            assert seven == b"7"
            pipe.multi()  # type: ignore[no-untyped-call]
            pipe.set(f"{key}:8", seven, px=60_000)
            pipe.get(f"{key}:8")
            assert await pipe.execute() == [True, b"7"]
    assert breaker.state == "closed"


async def test_a_connection_in_use_asks_for_each_command(redis_url: str, key: str) -> None:
    """The breaker opened between two commands of one pipeline: the second is not sent."""
    breaker = Breaker(failures=1)
    settings = {"command_s": 5.0, "connect_s": 5.0}
    async with client(redis_url, breaker, **settings) as redis, redis.pipeline() as pipe:
        await pipe.watch(key)
        doubt(breaker)
        with pytest.raises(WatchError, match="ConnectionError"):  # as for any lost connection
            await pipe.get(key)


async def test_a_pipeline_that_stops_in_the_middle_is_noticed() -> None:
    """The first reply came, the others do not."""
    breaker = Breaker(failures=1)
    with puppet() as server:
        server.gate.clear()
        async with client(server.url, breaker, command_s=0.02) as redis:
            pipe = redis.pipeline(transaction=False)
            for _ in range(3):
                pipe.get("k")
            asked = asyncio.create_task(pipe.execute())
            await commands(server, 1)
            server.gate.set()
            server.delay_s = 0.0
            server.answer = b""
            with pytest.raises(RedisTimeoutError):
                await asked


async def test_the_class_fits_any_pool(redis_url: str, key: str) -> None:
    """Without prompt_pool: as connection class, with all of redis-py's handshake."""
    breaker = Breaker(failures=1, slow_s=5)
    pool = BlockingConnectionPool.from_url(
        redis_url,
        connection_class=PromptConnection,
        breaker=breaker,
        connect_s=5,
        command_s=5,
        client_name="prompt",
    )
    async with Redis.from_pool(pool) as redis:
        assert await redis.client_getname() == "prompt"
        assert await redis.get(key) is None


async def test_a_subscription_is_left_to_wait(redis_url: str, channel: str) -> None:
    """It belongs on a client of its own, but it does no harm here: silence is no failure."""
    breaker = Breaker(failures=1, slow_s=5)
    settings = {"command_s": 0.05, "connect_s": 5.0}
    async with client(redis_url, breaker, **settings) as redis, redis.pubsub() as pubsub:
        await pubsub.subscribe(channel)
        first = await pubsub.get_message(timeout=5)
        assert first is not None
        assert first["type"] == "subscribe"
        assert await pubsub.get_message(timeout=0.2) is None
        await redis.publish(channel, "hello")
        said = await pubsub.get_message(timeout=5)
        assert said is not None
        assert said["data"] == b"hello"
    await spin()
    assert breaker.state == "closed"
