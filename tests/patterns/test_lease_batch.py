"""Batches: the same protocol for many keys, in as few round trips as for one."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from .contract import Source, until
from .fleet import fleet, is_waited_for


@pytest.fixture
def ours() -> list[Any]:
    """The pools of a test's own clients: a relay of another test's service may be at work, too."""
    return []


@pytest.fixture
def connect(connect: Callable[[], Redis], ours: list[Any]) -> Callable[[], Redis]:
    """The same, remembered; the clients of a cluster have no one pool."""

    def client() -> Redis:
        made = connect()
        ours.append(getattr(made, "connection_pool", None))
        return made

    return client


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch, ours: list[Any]) -> list[str]:
    """Every round trip that a client of the test makes, by its first command."""
    made: list[str] = []
    command: Any = Redis.execute_command
    pipeline: Any = Pipeline.execute

    async def execute_command(self: Redis, *args: Any, **options: Any) -> Any:
        if self.connection_pool in ours:
            made.append(str(args[0]))
        return await command(self, *args, **options)

    async def execute(self: Pipeline, raise_on_error: bool = True) -> Any:
        first: Any = self.command_stack[0][0][0]
        if self.connection_pool in ours:
            made.append(f"{len(self.command_stack)} {first}")
        return await pipeline(self, raise_on_error)

    monkeypatch.setattr(Redis, "execute_command", execute_command)
    monkeypatch.setattr(Pipeline, "execute", execute)
    return made


@pytest.mark.usefixtures("one_node")
async def test_a_batch_is_one_look_one_load_one_fill(
    connect: Callable[[], Redis], key: str, channel: str, trips: list[str]
) -> None:
    """Fifty keys, half missing: MGET, a pipeline of claims, a load, a pipeline of fills."""
    source = Source()
    keys = [f"{key}:{i}" for i in range(50)]
    async with fleet(connect, channel) as [one]:
        await one.lease.get_many(keys[:25], source.load_many)
        trips.clear()
        await one.lease.get_many(keys, source.load_many)
        assert trips == ["MGET", "25 EVALSHA", "25 EVALSHA"]
        assert source.asked == [keys[:25], keys[25:]]
        trips.clear()
        await one.lease.get_many(keys, source.load_many)
        assert trips == ["MGET"]


@pytest.mark.usefixtures("one_node")
async def test_a_hit_is_one_get_and_a_miss_two_scripts(
    connect: Callable[[], Redis], key: str, channel: str, trips: list[str]
) -> None:
    """The script runs on a miss only, and the fill is one round trip."""
    source = Source()
    async with fleet(connect, channel) as [one]:
        await one.lease.invalidate(key)
        await one.get(f"{key}:other", source.load)  # the server knows all the scripts now
        trips.clear()
        await one.get(key, source.load)
        assert trips == ["GET", "1 EVALSHA", "1 EVALSHA"]
        trips.clear()
        await one.get(key, source.load)
        assert trips == ["GET"]
        trips.clear()
        await one.lease.invalidate(key, f"{key}:other")
        assert trips == ["2 EVALSHA"]


async def test_batches_that_overlap_load_each_key_once(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """Two processes with overlapping lists wait for each other's keys, and not in a circle."""
    a, b, c = (f"{key}:{name}" for name in "abc")
    source = Source()
    source.hold()
    async with fleet(connect, channel, channel, poll_s=(60, 60), wait_s=60, lease_s=60) as members:
        one, two = members
        first = asyncio.create_task(one.lease.get_many([a, b], source.load_many))
        await source.started.wait()
        second = asyncio.create_task(two.lease.get_many([b, c], source.load_many))
        await until(partial(is_waited_for, one.redis, b))
        source.gate.set()
        async with asyncio.timeout(5):
            assert await first == {a: f"one {a}", b: f"one {b}"}
            assert await second == {b: f"one {b}", c: f"one {c}"}
        assert source.asked == [[a, b], [c]]


async def test_ones_own_load_does_not_use_up_the_patience(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """Who loads for longer than it would wait still takes what others have loaded meanwhile."""
    theirs, mine = Source("theirs"), Source("mine")
    theirs.hold()
    mine.hold()
    async with fleet(connect, channel, channel, wait_s=0.05) as [one, two]:
        first = asyncio.create_task(one.get(f"{key}:a", theirs.load))
        await theirs.started.wait()
        keys = [f"{key}:a", f"{key}:b"]
        second = asyncio.create_task(two.lease.get_many(keys, mine.load_many))
        await mine.started.wait()
        theirs.gate.set()
        await first
        over_at = asyncio.get_running_loop().time() + 0.05

        async def patience_would_be_over() -> bool:
            return asyncio.get_running_loop().time() > over_at

        await until(patience_would_be_over)
        mine.gate.set()
        assert await second == {keys[0]: "theirs", keys[1]: f"mine {keys[1]}"}
        assert mine.asked == [[keys[1]]]


async def test_one_invalidated_key_does_not_spoil_the_batch(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """Of a batch under way, only the fill of the key that was written is refused."""
    keys = [f"{key}:{i}" for i in range(3)]
    source = Source("old")
    source.hold()
    async with fleet(connect, channel, channel) as [one, two]:
        batch = asyncio.create_task(one.lease.get_many(keys, source.load_many))
        await source.started.wait()
        source.value = "new"
        await two.lease.invalidate(keys[1])
        source.gate.set()
        await batch
        values = await two.lease.get_many(keys, source.load_many)
        assert [values[each].split()[0] for each in keys] == ["old", "new", "old"]
        assert one.events.counts["refused_fill"] == 1


async def test_a_load_that_forgets_a_key_is_an_error(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """An absent thing is a value; no value at all is a mistake, and leaves nothing behind."""

    async def forgetful(keys: Sequence[str]) -> dict[str, str]:
        return {keys[0]: "here"}

    async with fleet(connect, channel) as [one]:
        with pytest.raises(KeyError, match=key[:8]):
            await one.lease.get_many([f"{key}:1", f"{key}:2"], forgetful)
        assert await one.redis.keys(f"{key}*") == []
