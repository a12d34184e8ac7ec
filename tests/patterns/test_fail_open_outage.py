"""The whole stack in an outage: flight, fail open, lease, and a server that dies and comes back."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from service.patterns.auto_batch import AutoBatch
from service.patterns.bulkhead import Bulkhead, Overloaded
from service.patterns.fail_open import Breaker, FailOpen, prompt_pool
from service.patterns.lease import Lease, Wake
from service.patterns.single_flight import SingleFlight

from .contract import Clock, Events, Source, until
from .outage import server
from .puppet import puppet


class Stack:
    """One process: what a request goes through, outermost first."""

    def __init__(self, url: str, *, loads: int = 8) -> None:
        self.events = Events()
        self.clock = Clock()  # of the breaker: an outage lasts as long as the test says
        self.breaker = Breaker(clock=self.clock, rand=lambda: 0.0, observe=self.events)
        self.redis = Redis.from_pool(prompt_pool(url, breaker=self.breaker))
        # Subscriptions wait by design: a client of their own, without the breaker.
        self.side = Redis.from_url(
            url, retry=Retry(NoBackoff(), 0), socket_timeout=0.2, socket_connect_timeout=0.1
        )
        self.wake = Wake(self.side, check_s=0.1, observe=self.events)
        self.lease = Lease[str](
            self.redis,
            wake=self.wake,
            encode=str.encode,
            decode=bytes.decode,
            ttl=lambda _value: 60.0,
            reads=AutoBatch(self.redis),
            stale_for_s=60.0,
            observe=self.events,
        )
        self.limit = Bulkhead(loads, wait_s=0.01)
        self.cache = FailOpen[str](
            self.lease,
            self.breaker,
            stale=self.lease.stale_copy,
            overloaded=(Overloaded,),
            observe=self.events,
        )
        self.flight = SingleFlight[str]()

    async def get(self, key: str, source: Source) -> str:
        """Serve one request."""

        async def load() -> str:
            return await self.limit.get(key, source.load)

        async def shared() -> str:
            return await self.cache.get(key, load)

        return await self.flight.get(key, shared)

    async def get_many(self, keys: Sequence[str], source: Source) -> dict[str, str]:
        """Serve one request for a page."""
        return await self.cache.get_many(keys, source.load_many)

    async def aclose(self) -> None:
        """End all."""
        await self.flight.aclose()
        await self.lease.aclose()
        await self.wake.aclose()
        await self.redis.aclose()
        await self.side.aclose()


@contextlib.asynccontextmanager
async def process(url: str, **settings: int) -> AsyncIterator[Stack]:
    """Start one; its wake is started as in a lifespan, whether Redis is there or not."""
    stack = Stack(url, **settings)
    try:
        await stack.wake.start()
        yield stack
    finally:
        await stack.aclose()


async def serve(stack: Stack, source: Source, requests: int = 100) -> None:
    """Let as many callers ask for one key; all must be answered."""
    answers = await asyncio.gather(*(stack.get("post:{42}", source) for _ in range(requests)))
    assert answers == [source.value] * requests


async def recover(stack: Stack, source: Source) -> None:
    """Ask, with time going by for the breaker, until the cache is used again."""

    async def closed() -> bool:
        stack.clock.now_s += 5.0
        await stack.get("post:{42}", source)
        return stack.breaker.state == "closed"

    await until(closed)


async def test_refused_at_process_start(unused_port: int) -> None:
    """Redis is not there yet: the process starts, 100 callers cost one load, none an error."""
    source = Source("one")
    async with process(f"redis://127.0.0.1:{unused_port}") as stack:
        await serve(stack, source)
        assert source.loads == 1
        for _ in range(5):
            await serve(stack, source, requests=1)
        assert stack.breaker.state == "open"
        assert stack.events.counts["bypass"] >= 1


async def test_hung_at_process_start() -> None:
    """It accepts and says nothing: the process starts all the same, and the rest is as before."""
    source = Source("one")
    with puppet() as silent:
        silent.gate.clear()
        async with process(silent.url) as stack:
            await serve(stack, source)
            assert source.loads == 1
            while stack.breaker.state != "open":
                await serve(stack, source, requests=1)
            stack.events.seen.clear()
            for _ in range(20):
                await serve(stack, source)
            assert stack.events.counts["bypass"] == 20


async def test_control_without_fail_open_all_callers_get_the_error(unused_port: int) -> None:
    """The switch: the same stack without that one layer."""
    source = Source("one")
    async with process(f"redis://127.0.0.1:{unused_port}") as stack:
        answers = await asyncio.gather(
            *(stack.flight.get("k", lambda: stack.lease.get("k", source.load)) for _ in range(100)),
            return_exceptions=True,
        )
        assert all(isinstance(answer, RedisError) for answer in answers)


async def test_control_without_the_flight_each_caller_loads(unused_port: int) -> None:
    """The switch: fail open alone turns 100 callers into 100 loads."""
    source = Source("one")
    async with process(f"redis://127.0.0.1:{unused_port}") as stack:
        await asyncio.gather(*(stack.cache.get("k", source.load) for _ in range(100)))
        assert source.loads == 100


async def test_it_comes_up_after_the_process() -> None:
    """Started before its Redis: the breaker closes when there is one, and values are cached."""
    source = Source("one")
    with server() as redis:
        async with process(redis.url) as stack:
            while stack.breaker.state != "open":
                await serve(stack, source, requests=1)
            redis.start()
            await recover(stack, source)
            loads = source.loads
            await serve(stack, source)
            await serve(stack, source)
            assert source.loads <= loads + 1


async def cached(stack: Stack, source: Source) -> None:
    """Have a value in the cache, and see that it is served from there."""
    await serve(stack, source)
    await serve(stack, source)
    assert source.loads == 1


@pytest.mark.parametrize("fault", ["pause", "kill"])
async def test_it_fails_and_comes_back(fault: str) -> None:
    """Hung or dead while in use: no error, one load per flight, cached again afterwards."""
    source = Source("one")
    with server() as redis:
        redis.start()
        async with process(redis.url) as stack:
            await cached(stack, source)
            getattr(redis, fault)()
            await serve(stack, source)
            assert source.loads == 2
            while stack.breaker.state != "open":
                await serve(stack, source, requests=1)
            stack.events.seen.clear()
            await serve(stack, source)
            assert stack.events.counts["bypass"] == 1
            assert not {"hit", "miss", "error"} & set(stack.events.counts)
            if fault == "pause":
                redis.resume()
            else:
                redis.start()
            await recover(stack, source)
            await serve(stack, source)
            loads = source.loads
            await serve(stack, source)
            assert source.loads == loads


@pytest.mark.parametrize("fault", ["pause", "kill"])
async def test_it_dies_while_a_load_is_running(fault: str) -> None:
    """The lease was won, the database is asked, then Redis goes: the load answers, once."""
    source = Source("one")
    with server() as redis:
        redis.start()
        async with process(redis.url) as stack:
            source.hold()
            asked = asyncio.create_task(serve(stack, source))
            await source.started.wait()
            getattr(redis, fault)()
            source.gate.set()
            await asked
            assert source.loads == 1
            assert stack.events.counts["fill_failed"] == 1
            if fault == "pause":
                redis.resume()


async def test_an_invalidation_raises_and_the_copy_here_is_gone() -> None:
    """The writer hears that Redis still has the old value; this process does not serve it."""
    source = Source("one")
    with server() as redis:
        redis.start()
        async with process(redis.url) as stack:
            await cached(stack, source)
            assert stack.lease.stale_copy("post:{42}") == ("one",)
            redis.kill()
            with pytest.raises(RedisError):
                await stack.cache.invalidate("post:{42}")
            assert stack.lease.stale_copy("post:{42}") is None


async def test_more_loads_than_slots_are_answered_by_copies() -> None:
    """Redis is gone and the database is full: what was known here is served, and marked."""
    source = Source("one")
    with server() as redis:
        redis.start()
        async with process(redis.url, loads=1) as stack:
            keys = [f"post:{{{i}}}" for i in range(5)]
            for key in keys:
                await stack.get(key, source)
            redis.kill()
            source.value = "two"
            source.hold()
            asked = [asyncio.create_task(stack.get(key, source)) for key in keys]
            await asyncio.wait(asked[1:], return_when=asyncio.ALL_COMPLETED, timeout=5)
            source.gate.set()
            answers = await asyncio.gather(*asked)
            assert sorted(answers) == ["one"] * 4 + ["two"]
            assert stack.events.counts["stale"] == 4


async def test_a_batch_is_one_load_in_an_outage(unused_port: int) -> None:
    """A page of fifty is one query, cache or no cache."""
    source = Source("one")
    keys = [f"post:{{{i}}}" for i in range(50)]
    async with process(f"redis://127.0.0.1:{unused_port}") as stack:
        values = await stack.get_many(keys, source)
        assert values == {key: f"one {key}" for key in keys}
        assert source.asked == [keys]
