"""Auto-batching: one MGET for a turn of the loop, and nobody's end is another's."""

import asyncio

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as LinkError

from service.patterns.auto_batch import AutoBatch

from .contract import Events, spin


async def fill(redis: Redis, key: str, n: int) -> list[str]:
    """Store ``n`` values that name their place."""
    keys = [f"{key}:{i}" for i in range(n)]
    for i, each in enumerate(keys):
        await redis.set(each, str(i), px=60_000)
    return keys


async def test_the_gets_of_a_turn_are_one_command(redis: Redis, key: str, events: Events) -> None:
    """Everybody gets their own answer; who asks twice is read once."""
    keys = await fill(redis, key, 20)
    batch = AutoBatch(redis, observe=events)
    answers = await asyncio.gather(*(batch.get(each) for each in keys * 2), batch.get(f"{key}:no"))
    assert answers == [str(i).encode() for i in range(20)] * 2 + [None]
    assert events.seen == [("batch", {"size": 21})]


async def test_lists_join_the_same_command_and_keep_their_order(
    redis: Redis, key: str, events: Events
) -> None:
    """A get_many is merged with the gets beside it."""
    a, b, c = await fill(redis, key, 3)
    batch = AutoBatch(redis, observe=events)
    many, one, none = await asyncio.gather(
        batch.get_many([c, a, f"{key}:no", c]), batch.get(b), batch.get_many([])
    )
    assert many == [b"2", b"0", None, b"2"]
    assert one == b"1"
    assert none == []
    assert events.seen == [("batch", {"size": 4})]


async def test_a_later_turn_is_a_batch_of_its_own(redis: Redis, key: str, events: Events) -> None:
    """What is asked after a batch was sent does not wait for its answer."""
    a, b = await fill(redis, key, 2)
    batch = AutoBatch(redis, observe=events)
    first = asyncio.create_task(batch.get(a))
    await spin(3)
    assert await batch.get(b) == b"1"
    assert await first == b"0"
    assert events.counts["batch"] == 2


async def test_a_long_list_is_cut_into_commands(redis: Redis, key: str) -> None:
    """No command holds more than ``most`` keys; the answers are as if it did."""
    keys = await fill(redis, key, 25)
    batch = AutoBatch(redis, most=10)
    assert await batch.get_many(keys) == [str(i).encode() for i in range(25)]


@pytest.mark.parametrize("leaves", [0, 1])
async def test_a_cancelled_caller_hurts_nobody(redis: Redis, key: str, leaves: int) -> None:
    """Whoever leaves, first or not, of the same key or another: the rest are answered."""
    a, b = await fill(redis, key, 2)
    batch = AutoBatch(redis)
    callers = [asyncio.create_task(batch.get(each)) for each in (a, a, b)]
    await spin(1)
    callers.pop(leaves).cancel()
    assert await asyncio.gather(*callers) == [b"0", b"1"]


async def test_control_a_read_run_by_its_first_caller_ends_with_it(redis: Redis, key: str) -> None:
    """The switch: without a task of its own the first caller's end is everybody's."""
    [a] = await fill(redis, key, 1)
    gate = asyncio.Event()

    async def read() -> object:
        await gate.wait()
        return await redis.get(a)

    leader = asyncio.create_task(read())

    async def follow() -> object:
        return await leader

    callers = [asyncio.create_task(follow()) for _ in range(2)]
    await spin(2)
    callers[0].cancel()
    gate.set()
    done = await asyncio.gather(*callers, return_exceptions=True)
    assert [type(each) for each in done] == [asyncio.CancelledError] * 2


async def test_an_error_reaches_all_who_wait(unused_port: int, key: str) -> None:
    """A dead server is everybody's error, and the next turn's batch is a new attempt."""
    redis = Redis(port=unused_port, retry=Retry(NoBackoff(), 0))
    batch = AutoBatch(redis)
    for _ in range(2):
        calls = [batch.get(f"{key}:{i}") for i in range(3)]
        failed = await asyncio.gather(*calls, return_exceptions=True)
        assert [isinstance(each, LinkError) for each in failed] == [True] * 3
    await redis.aclose()


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
async def test_closing_leaves_nobody_waiting(redis: Redis, key: str, turns: int) -> None:
    """Whenever aclose comes, before the batch is sent or after, each caller is done with."""
    batch = AutoBatch(redis)
    callers = [asyncio.create_task(batch.get(f"{key}:{i}")) for i in range(3)]
    await spin(turns)
    await batch.aclose()
    async with asyncio.timeout(5):
        done = await asyncio.gather(*callers, return_exceptions=True)
    assert {type(each) for each in done} <= {asyncio.CancelledError, type(None)}
