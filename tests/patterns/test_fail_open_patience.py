"""Patience: a late event loop is our own load, not the server's; a dead server is still noticed."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import pytest
from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import TimeoutError as RedisTimeoutError

from service.patterns.fail_open import Breaker, prompt_pool
from service.patterns.fail_open.patience import Patience

from .contract import spin, until
from .puppet import Puppet, puppet

# Far apart and long: these tests run on busy machines, and only what is late on purpose may count.
LIMIT_S = 0.25
LATE_S = 0.4
NewLoop: TypeAlias = Callable[[], asyncio.AbstractEventLoop]


@pytest.fixture(params=["asyncio", "uvloop"])
def new_loop(request: pytest.FixtureRequest) -> NewLoop:
    """Both loops: one runs due timers after looking at its sockets, the other may do so before."""
    if request.param == "asyncio":
        return asyncio.new_event_loop
    factory: NewLoop = pytest.importorskip("uvloop").new_event_loop
    return factory


async def run(new_loop: NewLoop, body: Callable[[], Awaitable[None]]) -> None:
    """Run a test in a loop of its own: it may be blocked without holding up anything else."""

    async def main() -> None:
        await body()

    def in_thread() -> None:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(main())

    await asyncio.to_thread(in_thread)


async def ask_during_a_late_turn(server: Puppet, redis: Redis) -> object:
    """Send a command, then let one turn of the loop be long, in which the answer arrives."""
    server.gate.clear()

    async def get() -> object:
        return await redis.get("k")

    def busy() -> None:
        server.gate.set()  # the server answers now, at once
        time.sleep(LATE_S)  # and nobody here looks

    asked = asyncio.create_task(get())
    heard = server.commands + 1

    async def is_heard() -> bool:
        return server.commands >= heard or asked.done()

    await until(is_heard)
    await spin()  # until it waits for the answer
    asyncio.get_running_loop().call_soon(busy)
    return await asked


def prompt(url: str, breaker: Breaker) -> BlockingConnectionPool:
    """Make a pool with the limits of these tests."""
    return prompt_pool(url, breaker=breaker, connect_s=LIMIT_S, command_s=LIMIT_S)


def address(server: Puppet, secret: str) -> str:
    """Its URL, with limits of redis-py; with a secret, a handshake comes before the command."""
    server.answer = b"+OK\r\n"
    limits = f"socket_timeout={LIMIT_S}&socket_connect_timeout={LIMIT_S}"
    return f"{server.url.replace('redis://', f'redis://{secret}')}&{limits}"


@pytest.mark.parametrize("secret", ["", ":secret@"])
async def test_an_answer_that_waits_in_the_socket_is_no_timeout(
    new_loop: NewLoop, secret: str
) -> None:
    """The loop is late by more than the limit, the server prompt: answered, nothing counted.

    Also when the URL names limits of redis-py's own: they do not apply.
    """

    async def body() -> None:
        breaker = Breaker(failures=1, window=1, slow_s=LIMIT_S)
        with puppet() as server:
            pool = prompt(address(server, secret), breaker)
            async with Redis.from_pool(pool) as redis:
                for _ in range(2):
                    assert await ask_during_a_late_turn(server, redis) == b"OK"
            assert server.links == 1
        assert breaker.state == "closed"

    await run(new_loop, body)


@pytest.mark.parametrize("secret", ["", ":secret@"])
async def test_control_redis_py_takes_its_own_lateness_for_the_servers(
    new_loop: NewLoop, secret: str
) -> None:
    """The switch: the same with redis-py's limits, and the prompt answer is a TimeoutError."""

    async def body() -> None:
        with puppet() as server:
            pool = BlockingConnectionPool.from_url(address(server, secret))
            async with Redis.from_pool(pool) as redis:
                with pytest.raises(RedisTimeoutError):
                    await ask_during_a_late_turn(server, redis)

    await run(new_loop, body)


async def test_a_late_turn_does_not_count_for_connecting(new_loop: NewLoop) -> None:
    """A burst opens many links at once, and is late because of it."""

    async def body() -> None:
        breaker = Breaker(failures=1)
        with puppet() as server:
            async with Redis.from_pool(prompt(server.url, breaker)) as redis:

                async def get() -> object:
                    return await redis.get("k")

                asked = asyncio.create_task(get())
                await asyncio.sleep(0)  # it has begun to connect, and nobody looks for a while
                time.sleep(LATE_S)  # noqa: ASYNC251 - this loop is late on purpose
                assert await asked == b"one"
        assert breaker.state == "closed"

    await run(new_loop, body)


async def test_a_dead_server_is_noticed(new_loop: NewLoop) -> None:
    """The loop is on time, the server is not: over, once, and slow before that."""

    async def body() -> None:
        gave_up: list[bool] = []
        patience = Patience(lambda: gave_up.append(patience.slow), slow_s=0.01, limit_s=0.02)

        async def is_over() -> bool:
            return bool(gave_up)

        await until(is_over)
        await spin()
        assert gave_up == [True]
        assert patience.over

    await run(new_loop, body)


async def test_a_dead_server_is_noticed_by_a_loop_that_is_always_late(new_loop: NewLoop) -> None:
    """Lateness is excused three times: a loop that never recovers must not wait for ever."""

    async def body() -> None:
        over = asyncio.Event()
        patience = Patience(over.set, slow_s=0.001, limit_s=0.001)
        turns = 0
        while not over.is_set():
            turns += 1
            assert turns < 20
            time.sleep(0.02)  # noqa: ASYNC251 - this loop is late on purpose
            await asyncio.sleep(0)
        assert turns >= 3
        assert patience.over

    await run(new_loop, body)


async def test_an_answer_in_time_leaves_no_timer(new_loop: NewLoop) -> None:
    """Ended is ended, also before it was slow."""

    async def body() -> None:
        over = asyncio.Event()
        patience = Patience(over.set, slow_s=0.005, limit_s=0.01)
        patience.end()
        # Timers go off in their order: this one after each that could have been left.
        later = asyncio.Event()
        asyncio.get_running_loop().call_later(0.05, later.set)
        await later.wait()
        assert (patience.slow, patience.over, over.is_set()) == (False, False, False)

    await run(new_loop, body)
