"""The process that loads is killed, or the caller who began the load goes away."""

import asyncio
import os
import signal
from collections import Counter
from itertools import pairwise
from typing import cast

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from tests.faults.fleet import Crew, Outcome, Worker
from tests.faults.items import Gate
from tests.faults.rig import Setup
from tests.waiting import until

ITEM = 1
FOLLOWERS = 20  # in each process


async def behind(
    holder: Worker, others: list[Worker], gate: Gate, redis: Redis, setup: Setup
) -> None:
    """Let one process load and stand at the gate, and the callers of the others wait for it."""
    await holder.ask("start", name="herd", item=ITEM, count=1)
    await gate.waiting(ITEM)
    orders = [other.ask("start", name="herd", item=ITEM, count=FOLLOWERS) for other in others]
    await asyncio.gather(*orders)

    async def is_waited_for() -> bool:
        return b"+" in cast("bytes", await redis.get(lease_key(setup)) or b"")

    await until(is_waited_for)


def lease_key(setup: Setup) -> str:
    """Where the lease of the item lies."""
    return f"{setup.space}:{{{ITEM}}}:l"


async def after_the_kill(
    crew: Crew, gate: Gate, redis: Redis, setup: Setup, *, loads: int
) -> tuple[Outcome, Counter[str], int]:
    """Kill the loader; open the gate when `loads` more stand there.

    Returns the followers' answers, what their processes reported, the loads in all.
    """
    holder, *others = await crew.open(*[replace(setup, is_gated=True)] * 4)
    async with gate.closed(ITEM):
        await behind(holder, others, gate, redis, setup)
        await holder.kill()
        # The dead process's statement still stands at the gate: PostgreSQL does not know yet.
        await gate.waiting(ITEM, 1 + loads)
    outcomes = await asyncio.gather(*(other.finish("herd") for other in others))
    counts = [await other.counts() for other in others]
    loaded = await gate.loads(setup.space, ITEM)
    nothing = Outcome(Counter(), Counter())
    return sum(outcomes, nothing), sum(counts, Counter[str]()), len(loaded)


async def test_a_killed_loader_is_followed_by_one_other(
    crew: Crew, gate: Gate, setup: Setup, redis: Redis
) -> None:
    """All followers are answered within their budget, by one more load.

    That it begins within the life of a lease is seen by the budget: nobody loaded without one.
    """
    patient = replace(setup, wait_s=10.0)
    outcome, counts, loads = await after_the_kill(crew, gate, redis, patient, loads=1)
    assert 2 == loads
    assert [3 * FOLLOWERS] == list(outcome.versions.values())
    assert not outcome.errors
    assert (1, 0) == (counts["load"], counts["unguarded_load"])


async def test_a_lease_that_outlives_its_holder_makes_everybody_load(
    crew: Crew, gate: Gate, setup: Setup, redis: Redis
) -> None:
    """The switch: a lock as long as the life of a value, which a dead holder keeps."""
    stuck = replace(setup, lease_s=setup.ttl_s, wait_s=0.3)
    outcome, counts, loads = await after_the_kill(crew, gate, redis, stuck, loads=3)
    assert 4 == loads
    assert (0, 3) == (counts["load"], counts["unguarded_load"])
    assert [3 * FOLLOWERS] == list(outcome.versions.values())


async def test_no_lease_outlives_its_holder_by_more_than_its_life(
    crew: Crew, gate: Gate, setup: Setup, redis: Redis
) -> None:
    """The bound itself: however long the load takes, the lease is never longer than `lease_s`."""
    [holder] = await crew.open(replace(setup, is_gated=True))
    async with gate.closed(ITEM):
        await holder.ask("start", name="herd", item=ITEM, count=1)
        await gate.waiting(ITEM)
        first, lives = await redis.get(lease_key(setup)), [await redis.pttl(lease_key(setup))]

        async def renewed_twice() -> bool:
            lives.append(await redis.pttl(lease_key(setup)))
            return sum(later > earlier for earlier, later in pairwise(lives)) >= 2

        await until(renewed_twice)
        assert first == await redis.get(lease_key(setup))
    await holder.finish("herd")
    assert 0 < min(lives)
    assert max(lives) <= setup.lease_s * 1000


async def test_a_paused_loader_does_not_store(crew: Crew, gate: Gate, setup: Setup) -> None:
    """It wakes up with an old row in its hands and a lease that another process has had since."""
    assert (1, 1) == await paused(crew, gate, setup)


async def test_without_the_fence_a_paused_loader_stores(
    crew: Crew, gate: Gate, setup: Setup
) -> None:
    """The switch: its fill shows no token, and the old row is back."""
    assert (0, 0) == await paused(crew, gate, replace(setup, shared="unfenced"))


async def paused(crew: Crew, gate: Gate, setup: Setup) -> tuple[int, int]:
    """Stop a process in the middle of its load; meanwhile the item is written and loaded again.

    Returns how many of its fills were refused, and by how many versions what a third process then
    reads is newer than what it loaded.
    """
    holder, other, third = await crew.open(*[replace(setup, is_gated=True, near="none")] * 3)
    [before] = await gate.versions([ITEM])
    async with gate.closed(ITEM):
        await holder.ask("start", name="herd", item=ITEM, count=1)
        await gate.waiting(ITEM)
        os.kill(holder.pid, signal.SIGSTOP)
    try:
        await other.ask("write", items=[ITEM])
        assert [before + 1] == await other.ask("read", items=[ITEM])
    finally:
        os.kill(holder.pid, signal.SIGCONT)
    assert {before: 1} == (await holder.finish("herd")).versions
    refused = (await holder.counts())["refused_fill"]
    [seen] = await third.ask("read", items=[ITEM])
    return refused, seen - before


async def cancelled(crew: Crew, gate: Gate, setup: Setup) -> tuple[Outcome, int]:
    """Cancel the caller who began a load that 20 more wait for; their answers, and the loads."""
    [process] = await crew.open(replace(setup, is_gated=True))
    async with gate.closed(ITEM):
        await process.ask("start", name="leader", item=ITEM, count=1)
        await gate.waiting(ITEM)
        await process.ask("start", name="followers", item=ITEM, count=FOLLOWERS)
        await process.ask("cancel", name="leader")
    assert {"CancelledError": 1} == (await process.finish("leader")).errors
    outcome = await process.finish("followers")
    return outcome, len(await gate.loads(setup.space, ITEM))


async def test_a_cancelled_leader_takes_nobody_along(crew: Crew, gate: Gate, setup: Setup) -> None:
    """All followers get the value of the load that was begun for somebody who has gone."""
    outcome, loads = await cancelled(crew, gate, setup)
    assert 1 == loads
    assert FOLLOWERS == outcome.versions.total()
    assert not outcome.errors


async def test_a_bare_flight_ends_with_its_leader(crew: Crew, gate: Gate, setup: Setup) -> None:
    """The switch: a flight that is part of its first caller."""
    outcome, _ = await cancelled(crew, gate, replace(setup, flight="bare"))
    assert {"CancelledError": FOLLOWERS} == outcome.errors


@pytest.mark.parametrize("asks_first", [True, False])
async def test_a_cancelled_leader_is_not_noticed_by_other_processes(
    crew: Crew, gate: Gate, setup: Setup, redis: Redis, asks_first: bool
) -> None:
    """They wait for its lease; it is kept for them, whether they came before or after."""
    here, there = await crew.open(*[replace(setup, is_gated=True)] * 2)
    async with gate.closed(ITEM):
        await here.ask("start", name="leader", item=ITEM, count=1)
        await gate.waiting(ITEM)
        if not asks_first:
            await here.ask("cancel", name="leader")
        await there.ask("start", name="followers", item=ITEM, count=FOLLOWERS)
        if asks_first:
            await here.ask("cancel", name="leader")
    assert FOLLOWERS == (await there.finish("followers")).versions.total()
    assert {"CancelledError": 1} == (await here.finish("leader")).errors
    assert 1 == len(await gate.loads(setup.space, ITEM))
